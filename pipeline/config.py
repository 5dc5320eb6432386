"""Settings: one frozen object, read once from configs/default.yaml, the user's config.yaml and the environment."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    YamlConfigSettingsSource,
)

from . import resources
from .errors import SettingsInvalid
from .types import Length

PREFIX = "EVENFALL_"


def _names(given: object) -> object:
    """Take one name, or several with commas between them or as JSON, as a list of names."""
    if isinstance(given, str) and given.lstrip().startswith("["):
        with suppress(ValueError):
            return json.loads(given)
    return [name for part in given.split(",") if (name := part.strip())] if isinstance(given, str) else given


class SpeechSettings(BaseModel):
    """How speech is heard; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None
    language: str | None
    terms: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
    terms_of_the_field: bool
    threads: Annotated[int, Field(ge=0)]
    longest_hours: Annotated[float, Field(gt=0)]
    least_speech_seconds: Annotated[float, Field(ge=0)]


class CaptureSettings(BaseModel):
    """How sound is recorded; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str | int | None
    channels: Annotated[int, Field(ge=1, le=2)]
    before_seconds: Annotated[float, Field(ge=0.5, le=30)]
    silence_seconds: Annotated[float, Field(ge=3)]
    lost_seconds: Annotated[float, Field(ge=0)]


class RephraseSettings(BaseModel):
    """Which language model may reword statements, none without `url`; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None
    model: str | None
    seconds: Annotated[float, Field(gt=0)]
    allow_host: str | None


class DraftSettings(BaseModel):
    """How a draft is made and how long it lives; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    length: Length
    call: Literal["client", "patient"]
    least_words: Annotated[int, Field(ge=1)]
    due_hours: Annotated[float, Field(gt=0)]
    expires_days: Annotated[float, Field(gt=0)]
    learn_style: bool
    rephrase: RephraseSettings


class RetentionSettings(BaseModel):
    """What is kept how long; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_quotes: bool
    warn_days: Annotated[float, Field(ge=0)]
    edited_hours: Annotated[float, Field(ge=0)]
    transcript_days: Annotated[float, Field(gt=0)]
    recording_days: Annotated[float, Field(gt=0)]
    note_years: Annotated[int, Field(ge=1, le=99)]
    majority_years: Annotated[int, Field(ge=1, le=99)]
    minor_years: Annotated[int, Field(ge=0, le=99)]


class WebSettings(BaseModel):
    """How the review page behaves; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: Annotated[int, Field(ge=0, le=65535)]
    logoff_minutes: Annotated[float, Field(gt=0, le=240)]
    drawer_minutes: Annotated[float, Field(gt=0, le=60)]
    recall_first: bool


class ClinicSettings(BaseModel):
    """How a clinic's computers are reached; `configs/default.yaml` says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheduler: str | None
    tls_ca: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    connect_seconds: Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """Every setting; `configs/default.yaml` says what each means."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )

    home: Path
    passphrase: SecretStr | None
    store: SecretStr | None
    user: str | None
    law: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
    speech: SpeechSettings
    capture: CaptureSettings
    draft: DraftSettings
    retention: RetentionSettings
    web: WebSettings
    clinic: ClinicSettings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, the user's file, the defaults."""
        own = home_folder() / "config.yaml"
        files = [resources.configs() / "default.yaml"] + ([own] if own.is_file() else [])
        yaml_settings = YamlConfigSettingsSource(settings_cls, yaml_file=files, deep_merge=True)
        emptied = InitSettingsSource(settings_cls, init_kwargs=_emptied())
        return init_settings, emptied, env_settings, yaml_settings


def home_folder() -> Path:
    """Return the folder that holds all data: EVENFALL_HOME, else the platform's own."""
    return Path(os.environ.get(f"{PREFIX}HOME") or platformdirs.user_data_path("evenfall"))


def _emptied() -> dict[str, dict[str, None]]:
    """Return the settings that are empty in the environment where empty says something else than the default."""
    empty: dict[str, dict[str, None]] = {}
    if any(not value and name.upper() == f"{PREFIX}SPEECH__LANGUAGE" for name, value in os.environ.items()):
        empty["speech"] = {"language": None}
    return empty


def load_settings() -> Settings:
    """Read the settings once.

    Raises:
        SettingsInvalid: an unknown name or a wrong value, in a file or in the environment.
    """
    known = set(Settings.model_fields)
    for name in os.environ:
        if name.startswith(PREFIX) and name[len(PREFIX) :].split("__")[0].lower() not in known:
            raise SettingsInvalid(f"There is no setting {name}.", "configs/default.yaml lists the settings.")
    _look_over(home_folder() / "config.yaml")
    try:
        return Settings(home=home_folder())
    except SettingsError as error:
        raise SettingsInvalid(
            "A setting in the environment cannot be read: a group of settings is JSON, or one name with __ for each.",
            "configs/default.yaml lists the settings.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsInvalid(
            f"The setting {where} is wrong: {first['msg']}.", "configs/default.yaml lists the settings."
        ) from error


def _look_over(own: Path) -> None:
    """Read the user's file before pydantic does, whose reader says less of what is wrong.

    Raises:
        SettingsInvalid: it is no YAML, or no mapping of settings; or it says where the data folder is, and lies in it.
    """
    try:
        content = resources.load_yaml(own.read_text(encoding="utf-8")) if own.is_file() else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsInvalid(f"{own} is not YAML.", "Mend or remove that file.") from error
    if content is not None and not (isinstance(content, dict) and all(isinstance(key, str) for key in content)):
        raise SettingsInvalid(f"{own} holds no settings by name.", "Mend or remove that file.")
    if content and content.get("home") is not None:
        raise SettingsInvalid(
            f"The setting home counts in the environment alone: {own} lies in the data folder itself.",
            "Take it out of that file, and set EVENFALL_HOME.",
        )
