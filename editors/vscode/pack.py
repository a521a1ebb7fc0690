"""`make vsix`: type-check and bundle the extension, build the server's wheel, and put both into one VSIX.

A VSIX is a zip with two manifests. Packed here it needs no other packages, and the same files give the same bytes.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VSIX = HERE / "mistral-lsp.vsix"
BEGINNING = (1980, 1, 1, 0, 0, 0)  # of zip's time: the same for every build
NO_NPM = (
    "npm is missing: install Node.js 20 or newer, or have one fetched with\n"
    "  sh tests/editors/vscode/install.sh ~/.cache/mistral-lsp-tests node\n"
    "  PATH=~/.cache/mistral-lsp-tests/bin:$PATH make vsix"
)


def main() -> None:
    """Write the VSIX beside this file."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit(NO_NPM)
    manifest = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    if not _is_installed():
        _run(npm, "ci", "--no-audit", "--no-fund", "--silent")
    _run(npm, "run", "--silent", "check")
    _run(npm, "run", "--silent", "build")
    with tempfile.TemporaryDirectory() as folder:
        files = dict(_files(manifest, _wheel(Path(folder))))
    with zipfile.ZipFile(VSIX, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, BEGINNING), files[name], zipfile.ZIP_DEFLATED)
    print(f"{VSIX.relative_to(ROOT)}: {VSIX.stat().st_size // 1024} KiB")


def _is_installed() -> bool:
    """Whether node_modules is what the lock file says."""
    installed = HERE / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime


def _run(*command: str, cwd: Path = HERE) -> None:
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _wheel(folder: Path) -> Path:
    """The server's, made with what this Python has, or else with what pip fetches for it."""
    if importlib.util.find_spec("hatchling"):
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    else:
        _run(sys.executable, "-m", "venv", str(folder / "venv"))
        pip = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "pip"
        _run(str(pip), "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "-w", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def _files(manifest: Mapping[str, Any], wheel: Path) -> Iterator[tuple[str, bytes]]:
    """All that is in it: name and bytes."""
    yield "[Content_Types].xml", _CONTENT_TYPES.encode()
    yield "extension.vsixmanifest", _vsixmanifest(manifest).encode()
    yield "extension/package.json", (HERE / "package.json").read_bytes()
    yield "extension/README.md", (HERE / "README.md").read_bytes()
    yield "extension/CHANGELOG.md", (ROOT / "CHANGELOG.md").read_bytes()
    yield "extension/LICENSE.txt", (ROOT / "LICENSE").read_bytes()
    yield "extension/THIRD-PARTY.txt", _licences().encode()
    yield "extension/icon.png", (HERE / "icon.png").read_bytes()
    yield "extension/dist/extension.js", (HERE / "dist" / "extension.js").read_bytes()
    yield f"extension/server/{wheel.name}", wheel.read_bytes()
    for picture in sorted((ROOT / "editors" / "pictures").glob("*.png")):
        yield f"extension/pictures/{picture.name}", picture.read_bytes()


def _licences() -> str:
    """Of the packages that the bundle has in it."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    texts = []
    for path, about in lock["packages"].items():
        if not path or about.get("dev"):
            continue
        licence = next(
            (file for file in sorted((HERE / path).iterdir()) if file.name.lower().startswith("licen")), None
        )
        text = licence.read_text(encoding="utf-8") if licence else f"Licence: {about.get('license', 'unknown')}\n"
        texts.append(f"{path.rpartition('node_modules/')[2]} {about['version']}\n\n{text}")
    return f"\n{'-' * 80}\n\n".join(texts)


def _vsixmanifest(manifest: Mapping[str, Any]) -> str:
    values = {
        "name": quoteattr(manifest["name"]),
        "version": quoteattr(manifest["version"]),
        "publisher": quoteattr(manifest["publisher"]),
        "title": escape(manifest["displayName"]),
        "about": escape(manifest["description"]),
        "tags": escape(",".join(manifest["keywords"])),
        "categories": escape(",".join(manifest["categories"])),
        "engine": quoteattr(manifest["engines"]["vscode"]),
        "kind": quoteattr(",".join(manifest["extensionKind"])),
    }
    return _VSIX_MANIFEST.format(**values)


_CONTENT_TYPES = """\
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension=".json" ContentType="application/json"/>
  <Default Extension=".vsixmanifest" ContentType="text/xml"/>
  <Default Extension=".md" ContentType="text/markdown"/>
  <Default Extension=".txt" ContentType="text/plain"/>
  <Default Extension=".js" ContentType="application/javascript"/>
  <Default Extension=".png" ContentType="image/png"/>
  <Default Extension=".whl" ContentType="application/zip"/>
</Types>
"""

_VSIX_MANIFEST = """\
<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id={name} Version={version} Publisher={publisher}/>
    <DisplayName>{title}</DisplayName>
    <Description xml:space="preserve">{about}</Description>
    <Tags>{tags}</Tags>
    <Categories>{categories}</Categories>
    <License>extension/LICENSE.txt</License>
    <Icon>extension/icon.png</Icon>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value={engine}/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value={kind}/>
    </Properties>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Changelog" Path="extension/CHANGELOG.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Icons.Default" Path="extension/icon.png" Addressable="true"/>
  </Assets>
</PackageManifest>
"""

if __name__ == "__main__":
    main()
