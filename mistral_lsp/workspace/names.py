"""Names: what a path alone says of a file, without a look at the disk: it may hold a secret, or a tool made it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    """A table of names, as it reads best."""
    return frozenset(text.split())


MAX_CHARS = 4096  # of a path that are looked at, from its end; the longest that Linux opens

# Any part of a path that is so named, in any case, makes all below it secret.
SECRETS = words(
    ".env* *.env"
    # keys and certificates
    " *.pem *.key *.p8 *.p12 *.pfx *.pkcs12 *.jks *.keystore *.kdb *.kdbx *.ppk *.ovpn *.gpg *.pgp *.age"
    " id_rsa* id_dsa* id_ecdsa* id_ed25519* *_rsa *_dsa *_ecdsa *_ed25519 .ssh .gnupg .password-store secring.*"
    # passwords of tools
    " .netrc _netrc .authinfo* .npmrc .pypirc .pgpass .my.cnf .mylogin.cnf .git-credentials .htpasswd .s3cfg .boto"
    " .vault-token .terraformrc terraform.rc credentials.tfrc.json .dockercfg .docker/config.json .databrickscfg"
    " .cargo/credentials .cargo/credentials.toml .gem/credentials .m2/settings.xml settings-security.xml"
    " .composer/auth.json auth.json .gradle/gradle.properties hosts.yml.gpg .config/gh .config/hub .config/rclone"
    # clouds and clusters
    " .aws .azure .oci .kube .config/gcloud kubeconfig* *.kubeconfig credentials.json *credentials.csv"
    " application_default_credentials.json service-account*.json service_account*.json client_secret*.json"
    " *.tfstate *.tfstate.* *.tfvars *.tfvars.json"
    # what projects call theirs
    " secrets.json secrets.yml secrets.yaml secrets.toml secret.json secret.yml secret.yaml .secrets *.agekey"
    " .bash_history .zsh_history .python_history .node_repl_history .psql_history .mysql_history"
)

# Folders that tools fill.
DERIVED_FOLDERS = words(
    ".git .hg .svn .jj CVS node_modules bower_components jspm_packages site-packages __pycache__ __pypackages__"
    " .venv venv virtualenv .virtualenv .tox .nox .eggs .mypy_cache .pytest_cache .ruff_cache .hypothesis .cache"
    " .idea .vs dist build target _build .next .nuxt .output .svelte-kit .parcel-cache .turbo .gradle .dart_tool"
    " .bundle Pods DerivedData elm-stuff .stack-work dist-newstyle .bloop .metals htmlcov coverage .nyc_output"
    " .ipynb_checkpoints .terragrunt-cache .serverless cmake-build-debug cmake-build-release bazel-out .terraform"
)
_DERIVED_FILES = words(
    "*.min.js *.min.css *.bundle.js *.map *.egg-info package-lock.json npm-shrinkwrap.json *_pb2.py *.pb.go"
)

_BETWEEN = re.compile(r"[/\\:?#|\"]")  # of a path, a URI, what follows its path, and Windows' file streams


def is_secret(path: str) -> bool:
    """Whether a file of this name may hold a secret; `path` may be a path or a decoded URI of any scheme."""
    return bool(_SECRET.search(_plain(path)))


def is_derived(name: str, *, is_folder: bool) -> bool:
    """Whether a tool made what has this name: nothing to learn from, and much of it."""
    return (is_folder and name in DERIVED_FOLDERS) or bool(_DERIVED.search(name))


def _plain(path: str) -> str:
    """The parts of a path as the most lenient file system sees them."""
    path = path[-MAX_CHARS:]
    if not path.isascii():
        path = unicodedata.normalize("NFKC", path)
        path = "".join(char for char in path if unicodedata.category(char) != "Cf")  # macOS doesn't see them
    parts = _BETWEEN.split(path.casefold())
    return "/".join(part.rstrip(" .") for part in parts)  # Windows drops these


def _pattern(globs: Iterable[str]) -> re.Pattern[str]:
    """One for all; each is tried at the beginning of a part only, so that a long path costs no more than its length."""
    one_of = "|".join(re.escape(glob).replace(r"\*", "[^/]*") for glob in sorted(globs))
    return re.compile(rf"(?:^|/)(?:{one_of})(?=/|$)")


_SECRET = _pattern(SECRETS)
_DERIVED = _pattern(_DERIVED_FILES)
