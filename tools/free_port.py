"""Says, before any work starts, whether the app can listen on its port: ``python3 tools/free_port.py 8501``."""

import errno
import socket
import sys


def main(text):
    """0 when the port is free, 1 with a plain message otherwise."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        print(f"PORT 应为 1–65535 的整数，不是 {text} / PORT must be 1 to 65535, not {text}", file=sys.stderr)
        return 1
    port = int(text)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server itself will do: a port that only waits for old connections to fade counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            if fault.errno == errno.EACCES:
                why_zh, why_en = "没有权限使用", "may not be used by this user"
            else:
                why_zh, why_en = "已被占用", "is taken"
            print(
                f"端口 {port} {why_zh}。换一个：make run PORT={port + 1} 或 make app PORT={port + 1}\n"
                f"Port {port} {why_en}. Choose another: make run PORT={port + 1} or make app PORT={port + 1}",
                file=sys.stderr,
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "8501"))
