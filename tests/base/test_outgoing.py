"""Calls to typed addresses: nowhere but where they may go, bounded, and explained in plain words."""

import datetime as dt
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from evaltool.base import outgoing
from evaltool.base.outgoing import Unreachable, fault, post_json
from evaltool.base.sealing import Unsealable, seal, unseal
from tests.model_server import model_server

INSIDE = [
    "https://127.0.0.1/v1", "https://localhost/v1", "https://0.0.0.0/v1", "https://[::1]/v1", "https://127.1/v1",
    "https://2130706433/v1", "https://0x7f000001/v1", "https://0177.0.0.1/v1", "https://[::ffff:127.0.0.1]/v1",
    "https://[::ffff:10.0.0.1]/v1", "https://[64:ff9b::a00:1]/v1", "https://[2002:a00:1::]/v1",
    "https://169.254.169.254/latest", "https://10.0.0.1/v1", "https://172.16.0.1/v1", "https://192.168.1.1/v1",
    "https://100.64.0.1/v1", "https://[fd00::1]/v1", "https://[fe80::1]/v1", "https://224.0.0.1/v1",
    "https://240.0.0.1/v1", "https://models.internal/v1", "https://models.localhost/v1", "https://printer/v1",
    "https://LOCALHOST./v1",
]  # fmt: skip


@pytest.fixture
def inside(settings) -> None:
    """The operator allows endpoints inside the own network."""
    settings.ALLOW_PRIVATE_ENDPOINTS = True


def pretend(monkeypatch, *answers: str) -> list[str]:
    """Let every name point to these addresses, one after the other; returns the names looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(name, port, *args, flags=0, **more):
        if flags & socket.AI_NUMERICHOST or name.replace(".", "").isdecimal():
            return real(name, port, *args, flags=flags, **more)
        asked.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[min(len(asked), len(answers)) - 1], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_when_it_is_typed_and_when_it_is_called(address) -> None:
    assert fault(address) == outgoing.PRIVATE
    with pytest.raises(Unreachable, match="private network"):
        post_json(address, {})


@pytest.mark.parametrize(
    "address",
    ["", "models", "ftp://a.org/", "https://", "https://a.org:99999/", "https://a.org:x/", "https://a b.org/",
     "//a.org", "https://me:secret@a.org/", "https://a.org/#x", "https://a.org/\n", "https://[::1/", "file:///etc/passwd",
     "https://\u2603..org/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address, inside) -> None:
    assert fault(address)


def test_a_public_address_is_fine_and_only_in_a_secure_way() -> None:
    assert fault("https://models.example.org/v1") == ""
    assert fault("https://8.8.8.8:8443/v1") == ""
    assert "https://" in fault("http://models.example.org/v1")


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "http://[::ffff:169.254.1.1]/", "http://0.0.0.0/"]
)
def test_where_clouds_keep_their_secrets_nobody_may_call(address, inside) -> None:
    assert fault(address) == outgoing.PRIVATE


def test_a_name_that_points_inside_is_refused(monkeypatch) -> None:
    asked = pretend(monkeypatch, "10.0.0.7")
    with pytest.raises(Unreachable, match="private network"):
        post_json("https://models.example.org/v1", {})
    assert asked == ["models.example.org"]


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch, inside) -> None:
    """A name that points elsewhere a moment later gains nothing: it is looked up once."""
    asked = pretend(monkeypatch, "127.0.0.1", "127.0.0.2")
    with model_server() as server:
        port = server.server_address[1]
        answer = post_json(f"http://models.example.org:{port}/v1", {"messages": [{"content": "Hi"}]})
        assert answer.data["choices"][0]["message"]["content"] == "Echo: Hi"
        assert asked == ["models.example.org"]
        assert server.requests[0]["headers"]["Host"] == f"models.example.org:{port}"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch, inside) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with model_server() as server:
        assert post_json(server.address, {"messages": [{"content": "Hi"}]}).status == 200


@pytest.mark.parametrize(
    ("mode", "said", "again"),
    [
        ("redirect", "not followed", False),
        ("large", "too long", False),
        ("text", "not JSON", False),
        ("short", "broke", True),
        ("drip", "within 1 seconds", True),
    ],
)
def test_what_misbehaves_is_cut_off_in_plain_words(mode, said, again, inside) -> None:
    with model_server(mode) as server, pytest.raises(Unreachable, match=said) as refused:
        post_json(server.address, {"messages": []}, seconds=1)
    assert refused.value.again is again
    assert len(server.requests) == 1


def test_nothing_there_is_said_so(inside) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="Nothing answers") as refused:
            post_json(f"http://127.0.0.1:{free.getsockname()[1]}/v1", {})
    assert refused.value.again


def test_a_name_nobody_has_is_said_so() -> None:
    with pytest.raises(Unreachable, match="not found"):
        post_json("https://models.example.invalid/v1", {})


def test_a_status_of_the_service_is_for_the_caller(inside) -> None:
    with model_server("500") as server:
        assert post_json(server.address, {"messages": []}).status == 500


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path, inside) -> None:
    with model_server(context=self_signed(tmp_path)) as server, pytest.raises(Unreachable, match="certificate"):
        post_json(server.address, {"messages": []}, seconds=5)
    assert server.requests == []


def self_signed(folder) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    pem = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


# Sealing


def test_a_sealed_secret_opens_only_here(settings) -> None:
    sealed = seal("sk-123")
    assert "sk-123" not in sealed
    assert seal("sk-123") != sealed
    assert unseal(sealed) == "sk-123"
    settings.SECRET_KEY = "another-secret-key" * 4
    with pytest.raises(Unsealable):
        unseal(sealed)


def test_while_keys_rotate_what_the_old_one_sealed_still_opens(settings) -> None:
    sealed = seal("sk-123")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key" * 4
    assert unseal(sealed) == "sk-123"


def test_a_damaged_seal_does_not_open() -> None:
    with pytest.raises(Unsealable):
        unseal(seal("sk-123")[:-4] + "AAAA")
