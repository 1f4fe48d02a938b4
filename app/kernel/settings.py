"""All settings in one typed place: defaults here, a TOML file over them, the environment (`TALLYWORKS_*`) over both."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from app.kernel.store import FILES, StoreAddress

_PREFIX = "TALLYWORKS_"


class Settings(BaseModel):
    """What an operator may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str = Field(default="data/local/tallyworks.db", description="File of the store, or a PostgreSQL URL")
    files: Path = Field(default=Path(FILES), description="Where files that belong to a store on PostgreSQL lie")
    host: str = Field(default="127.0.0.1", description="Address the server listens on")
    port: int = Field(default=8501, ge=1, le=65535, description="Port the server listens on")
    tls_cert: Path | None = Field(default=None, description="Certificate, to serve others than this machine")
    tls_key: Path | None = Field(default=None, description="Key of the certificate")
    key_file: Path | None = Field(default=None, description="Key file; by default beside the store's folder")
    anchor_file: Path | None = Field(default=None, description="Second place where the head of the feed is anchored")
    backup_folder: Path | None = Field(default=None, description="Where the nightly backups go")
    order_drop: Path | None = Field(default=None, description="Folder into which files of shops' orders are dropped")
    as_of: str | None = Field(default=None, description="Fixed business day (ISO date) instead of the machine's")
    public_address: str | None = Field(
        default=None, pattern=r"^https://[^/?#]+$", description="Under which carriers and customers reach this server"
    )
    session_idle_minutes: int = Field(default=30, ge=1, description="A session ends after this time without use")
    session_hours: int = Field(default=12, ge=1, description="A session ends after this time")
    refresh_seconds: float = Field(default=0.3, gt=0, description="Pause between looks at the feed")
    group_commit_limit: int = Field(default=64, ge=1, description="Commands committed together at most on SQLite")
    disk_free_share: float = Field(default=0.05, ge=0, lt=1, description="Writers stop below this share of free disk")

    @property
    def address(self) -> StoreAddress:
        """Where the store is."""
        return StoreAddress(self.store, self.files)


def load_settings(file: Path | None = None, **overrides: object) -> Settings:
    """Read settings from a file, the environment and explicit overrides, the later winning.

    Raises:
        pydantic.ValidationError: a value has the wrong form, or a name is not a setting.
    """
    values: dict[str, object] = {}
    source = file or Path(os.environ.get(_PREFIX + "CONFIG", "tallyworks.toml"))
    if source.is_file():
        values.update(tomllib.loads(source.read_text(encoding="utf-8")))
    for name in Settings.model_fields:
        variable = os.environ.get(_PREFIX + name.upper())
        if variable is not None:
            values[name] = variable
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings.model_validate(values)
