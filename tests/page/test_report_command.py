"""``vultr-cost-mcp report``: the figures of the tools on one page, in both forms."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.disks import mounted
from tests.support.double import NO_BILLING_403, Status, VultrDouble
from tests.support.machines import wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import Machine
from vultr_cost_mcp import cli

NOW = at("2026-11-18T14:05")
VARIABLES = "VULTR_API_KEY", "VULTR_API_URL", "VULTR_COST_BUDGET", "VULTR_COST_CONFIG"
LABEL = "<img src=x onerror=alert(1)>`](javascript:1)"
FETCHES = re.compile(r"\b(?:src|href)\s*=|@import|url\(|//", re.IGNORECASE)
VOID = frozenset({"meta", "link", "br", "img", "input"})


class Page(HTMLParser):
    """The elements and the text of a page, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine is read."""
    for name in (*VARIABLES, "VULTR_COST_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
    monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[VultrDouble]:
    """One server of a dollar an hour with a hostile label, 423 hours of it spent."""
    server = Machine("web", "192.0.2.1", ((at("2025-01-01"), usd(672)),))
    account = wire_account([server], NOW)
    account.account["pending_charges"] = usd(423)
    account.instances[0]["label"] = LABEL
    account.instances[0]["power_status"] = "stopped"
    with VultrDouble(account, date=NOW) as running:
        monkeypatch.setenv("VULTR_API_URL", running.url)
        monkeypatch.setenv("VULTR_API_KEY", running.key)
        monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
        yield running


def html_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Page:
    """Write the page to standard output, and read it."""
    assert cli.main(["report", *arguments]) == 0
    return Page(capsys.readouterr().out)


def test_the_sample_month(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every section has the figures that the tools state."""
    monkeypatch.delenv("VULTR_COST_STORE")
    monkeypatch.setenv("VULTR_COST_BUDGET", "8000")
    page = html_of(capsys, "--demo")
    assert page.open == []
    for figure in (
        "$4,954.38 spent so far in November 2026",
        "$8,176.23",  # projected
        "$281.09/day",
        "-$81.71",  # the main driver
        "$3,393.28",  # Cloud GPU at month end
        "$2,724.54",  # ewr
        "budget $8,000.00: on track to reach it",
        "$1,750.00/month",
        "vultr-cli instance delete 93b109c3-4c66-579b-ac06-f975c58414be",
        "$12.77 a day more Inference",
        "This is the built-in sample account",
        "Everything was read.",
    ):
        assert figure in page.text
    assert page.tags.count("svg") == 6
    assert page.attributes.count(("role", "img")) == 6


def test_it_needs_nothing_from_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """No script, no link, no address; the policy forbids to fetch anything."""
    assert cli.main(["report", "--demo"]) == 0
    text = capsys.readouterr().out
    page = Page(text)
    assert not {"script", "link", "img", "a", "iframe", "object", "form"} & {*page.tags}
    assert not FETCHES.search(text)
    assert ("content", True) in {
        (name, "default-src 'none'" in (value or "")) for name, value in page.attributes
    }
    assert "prefers-color-scheme:dark" in text
    assert "size:A4" in text


def test_ids_are_unique(capsys: pytest.CaptureFixture[str]) -> None:
    """What names a chart or section names one."""
    ids = [value for name, value in html_of(capsys, "--demo").attributes if name == "id"]
    assert len(ids) == len({*ids})


@pytest.mark.usefixtures("double")
def test_a_hostile_label_stays_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No element, attribute or link comes out of it, in HTML and in Markdown."""
    page = html_of(capsys)
    assert "img" not in page.tags
    assert "onerror" not in {name for name, _ in page.attributes}
    assert "‹img src=x onerror=alert(1)›" in page.text
    out = tmp_path / "month.md"
    assert cli.main(["report", "--out", str(out)]) == 0
    written = out.read_text("utf-8")
    assert "<img" not in written
    # In a code span, which its own backtick does not end.
    assert "`‹img src=x onerror=alert(1)›'](javascript:1)`" in written


def test_markdown_is_chosen_by_the_files_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """--format wins over the name; nothing else is on standard output."""
    out = tmp_path / "month.md"
    assert cli.main(["report", "--demo", "--out", str(out)]) == 0
    assert out.read_text("utf-8").startswith("# Vultr costs, November 2026\n")
    assert cli.main(["report", "--demo", "--out", str(out), "--format", "html"]) == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir() if "month" in path.name] == ["month.md"]


def test_what_was_not_read_is_named(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    """D33: at least what is known, and the parts that are not, with the reason."""
    double.fail("/billing/pending-charges", NO_BILLING_403)
    page = html_of(capsys)
    assert "At least $423.00 spent so far" in page.text
    assert "Some parts could not be read" in page.text
    assert "pending_charges: " in page.text
    assert "Everything was read" not in page.text


def test_a_history_that_cannot_be_read_is_named(
    double: VultrDouble, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The page has the rest, and 0: the account was read."""
    del double
    (tmp_path / "store.db").write_text("this is a note, and no database at all")
    page = html_of(capsys)
    assert "$423.00 spent so far" in page.text
    assert "a file of another program; name another file in VULTR_COST_STORE" in page.text
    assert "Not readhistory: could not be read" in page.text
    assert "Everything was read" not in page.text


@pytest.mark.parametrize("content", [b"budget == 5", b"\xff", None])
def test_a_configuration_that_cannot_be_used_has_no_page(
    content: bytes | None,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """1 and a sentence; a page from before stays as it was."""
    file, out = tmp_path / "cost.toml", tmp_path / "month.html"
    if content is not None:
        file.write_bytes(content)
    out.write_text("before")
    monkeypatch.setenv("VULTR_COST_CONFIG", str(file))
    assert cli.main(["report", "--demo", "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("The file that VULTR_COST_CONFIG names ")
    assert said.err.count("\n") == 1
    assert out.read_text() == "before"


def test_an_unreadable_account_has_no_page(
    double: VultrDouble, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """1 and a sentence; a page from before stays as it was."""
    for path in ("/billing/pending-charges", "/account"):
        double.fail(path, Status(404, "gone"))
    out = tmp_path / "month.html"
    out.write_text("before", "utf-8")
    assert cli.main(["report", "--out", str(out)]) == 1
    assert out.read_text("utf-8") == "before"
    assert double.key not in capsys.readouterr().err


def test_several_accounts_are_in_one_file(
    double: VultrDouble,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Each has its own part, with its own name."""
    monkeypatch.setenv("FIRST", double.key)
    file = tmp_path / "cost.toml"
    file.write_text(
        "[accounts.shop]\nkey_env = 'FIRST'\n[accounts.lab]\nkey_env = 'FIRST'\n", "utf-8"
    )
    monkeypatch.setenv("VULTR_COST_CONFIG", str(file))
    page = html_of(capsys)
    assert page.tags.count("main") == 2
    assert "Account shop" in page.text
    assert "Account lab" in page.text
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len({*ids})


def test_a_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    month, link = tmp_path / "month.html", tmp_path / "link.html"
    month.write_text("old")
    link.symlink_to(month)
    assert cli.main(["report", "--demo", "--out", str(link)]) == 0
    assert link.is_symlink()
    assert "Vultr costs" in month.read_text("utf-8")


def test_a_page_that_others_may_read_stays_so(tmp_path: Path) -> None:
    """A new one is its owner's alone."""
    month, served = tmp_path / "month.html", tmp_path / "served.html"
    served.write_text("old")
    served.chmod(0o644)
    for out in (month, served):
        assert cli.main(["report", "--demo", "--out", str(out)]) == 0
    assert (month.stat().st_mode & 0o777, served.stat().st_mode & 0o777) == (0o600, 0o644)


def test_a_file_that_cannot_be_written_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """2, with what to do, and nothing left behind."""
    out = tmp_path / "no" / "month.html"
    assert cli.main(["report", "--demo", "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"--out {out} was not written: there is no such folder. Make it, or write it elsewhere.\n"
    )
    folder = tmp_path / "folder.html"
    folder.mkdir()
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    for out in (folder, pipe):
        assert cli.main(["report", "--demo", "--out", str(out)]) == 2
        assert "a folder, a pipe or a device has that name" in capsys.readouterr().err
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_is_said_to_be_full(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The page from before stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "size=16k"):
        out = disk / "month.html"
        out.write_text("before")
        assert cli.main(["report", "--demo", "--out", str(out)]) == 2
        assert capsys.readouterr().err == (
            f"--out {out} was not written: there is no room left. Free some, or write it "
            "elsewhere.\n"
        )
        assert [path.name for path in disk.iterdir()] == ["month.html"]
        assert out.read_text() == "before"


@pytest.mark.parametrize("name", ["month.htm", "MONTH.HTML", "month.markdown", "-", "/dev/stdout"])
def test_the_ending_chooses_the_form(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dash is standard output, and no file."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", "--demo", "--out", name]) == 0
    out, _ = capsys.readouterr()
    text = out or (tmp_path / name).read_text("utf-8")
    assert text.startswith("# Vultr" if name == "month.markdown" else "<!doctype html>")
    assert bool(out) is (name in {"-", "/dev/stdout"})
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--out", "month.pdf"],
            "Give --out month.html, open the page in a browser, and print it to PDF.\n",
        ),
        (["--out", "month.PDF", "--format", "html"], "report writes no PDF"),
        (
            ["--out", "month.txt"],
            "which format. Let it end in .html, .md or .xlsx, or add --format.\n",
        ),
        (["--out", "month"], "the name does not say which format"),
        (["--out", "month.json"], "or add --format. For rows as CSV or JSON: vultr-cost-mcp call"),
        (["--out", "month.csv"], "vultr-cost-mcp call TOOL --format csv, or json."),
        (["--out", "-", "--format", "xlsx"], "--format xlsx needs --out FILE"),
    ],
)
def test_a_form_that_is_not_written_is_refused_before_anything_is_read(
    double: VultrDouble,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    with contextlib.chdir(tmp_path):
        assert cli.main(["report", *arguments]) == 2
    out, errors = capsys.readouterr()
    assert said in errors
    assert (out, list(tmp_path.glob("month*"))) == ("", [])
    assert double.requests == []


def test_a_name_without_an_ending_takes_the_format_that_is_given(tmp_path: Path) -> None:
    out = tmp_path / "month"
    assert cli.main(["report", "--demo", "--out", str(out), "--format", "md"]) == 0
    assert out.read_text("utf-8").startswith("# Vultr costs")


def test_the_page_asks_each_part_once(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    """All its questions are answered from one reading."""
    html_of(capsys)
    asked = [request for request in double.requests if "/billing/pending-charges" in str(request)]
    assert len(asked) == 1
