"""The web process in production; a deployment changes it by environment variables."""

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("EVALTOOL_WEB_WORKERS", "2"))
threads = int(os.environ.get("EVALTOOL_WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than the proxy keeps an idle connection, so it never meets a closed one
worker_tmp_dir = "/dev/shm"  # noqa: S108 - the heartbeat file must not wait for a disk
control_socket_disable = True
max_requests = 20_000
max_requests_jitter = 2_000
errorlog = "-"
