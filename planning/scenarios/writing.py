"""Files that are whole or not there: written beside their place and moved into it when all of them are written."""

import shutil
from collections.abc import Callable
from pathlib import Path

BESIDE = ".writing"
"""The folder inside the folder that is written to; one that was left behind is emptied."""

FORMATS = {".csv", ".parquet"}


def written_whole(folder: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a folder and move its files into `folder`, in the place of those of the same name in either format.

    Args:
        folder: made where it is missing; other files in it stay.
        write: called with an empty folder. Where it fails or is interrupted, `folder` stays as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / BESIDE
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        write(beside)
        for file in sorted(beside.iterdir()):
            for ending in FORMATS - {file.suffix} if file.suffix in FORMATS else ():
                (folder / file.name).with_suffix(ending).unlink(missing_ok=True)
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
