"""Runs every notebook in notebooks/ from an empty kernel and keeps what it shows; a failing cell fails the command."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Execute in place, with the repository as the working folder."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
        for cell in notebook.cells:
            cell.get("metadata", {}).pop("execution", None)  # clock times: noise in every diff
        nbformat.write(notebook, path)
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
