"""A notification on the desktop: how many drafts wait and how many files need somebody. Never a name, never a word."""

import shutil
import subprocess
import sys
from typing import Final

TITLE: Final = "Evenfall"
PATIENCE: Final = 10.0  # seconds
POWERSHELL: Final = """
Add-Type -AssemblyName System.Windows.Forms
$icon = New-Object System.Windows.Forms.NotifyIcon
$icon.Icon = [System.Drawing.SystemIcons]::Information
$icon.Visible = $true
$icon.ShowBalloonTip(8000, '{title}', '{text}', 'Info')
Start-Sleep -Seconds 8
$icon.Dispose()
"""


def notify(drafts: int, needs_you: int) -> None:
    """Show the two counts, if this desktop shows such things; whatever goes wrong is no fault of the work."""
    command = _command(sentence(drafts, needs_you))
    program = shutil.which(command[0])
    if program is None:
        return
    try:
        subprocess.run([program, *command[1:]], capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return


def sentence(drafts: int, needs_you: int) -> str:
    """Return the counts as one says them, such as "3 drafts wait, 1 file needs you"."""
    waiting = "1 draft waits" if drafts == 1 else f"{drafts or 'No'} drafts wait"
    files = "1 file needs you" if needs_you == 1 else f"{needs_you} files need you"
    return f"{waiting}, {files}." if needs_you else f"{waiting}."


def _command(text: str) -> list[str]:
    if sys.platform == "darwin":
        return ["osascript", "-e", f'display notification "{text}" with title "{TITLE}"']
    if sys.platform == "win32":
        return ["powershell", "-NoProfile", "-Command", POWERSHELL.format(title=TITLE, text=text)]
    return ["notify-send", "--app-name", TITLE, TITLE, text]
