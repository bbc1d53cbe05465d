"""Puts the toy package where an installer would have put it: its files, and what its wheel says of it."""

import shutil
from pathlib import Path

TOY = Path(__file__).parent / "toy" / "stillhouse_toy"
POINTS = {
    "stillhouse.verifiers": "palindrome = stillhouse_toy.palindrome:Palindrome",
    "stillhouse.sources": "words = stillhouse_toy.words:Words",
    "stillhouse.engines": "parrot = stillhouse_toy.parrot:Parrot",
    "stillhouse.curation_steps": "shout = stillhouse_toy.shout:Shout",
    "stillhouse.methods": "echo = stillhouse_toy.echo:Echo",
}


def install(folder: Path, points: dict[str, str] = POINTS, package: str = "stillhouse-toy") -> Path:
    """Installs the package into a folder, which must be on the path; returns the folder."""
    shutil.copytree(TOY, folder / TOY.name, dirs_exist_ok=True)
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("".join(f"[{group}]\n{line}\n\n" for group, line in points.items()))
    return folder
