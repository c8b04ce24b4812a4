// The way to the server, and what its answer to a draft means.

export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

export async function save(url, pairs, revision, { signal, leaving }) {
  const body = new URLSearchParams([...pairs, ["revision", String(revision)]]);
  const answer = await fetch(url, {
    method: "POST",
    body,
    keepalive: leaving && String(body).length < 60000,
    signal,
    headers: { ...csrf(), Accept: "application/json" },
  });
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  const data = isJson ? await answer.json().catch(() => ({})) : {};
  return { meaning: meaning(answer, isJson, data), data };
}

function meaning(answer, isJson, data) {
  if (answer.ok) return isJson && data.revision !== undefined ? "saved" : "later"; // a page between us and the server answered
  if (answer.status === 409 && data.revision !== undefined) return "stale";
  if (answer.status === 401) return "signed-out";
  if (answer.status === 403 && !isJson) return "signed-out"; // the token belongs to an earlier session
  return answer.status >= 500 || [408, 425, 429].includes(answer.status) ? "later" : "refused";
}
