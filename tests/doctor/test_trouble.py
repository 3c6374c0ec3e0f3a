"""``vultr-cost-mcp doctor`` against a double: each trouble has its sentence and its exit code."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.double import (
    INVALID_TOKEN,
    NO_BILLING_403,
    Account,
    Body,
    Fault,
    Redirect,
    Status,
    VultrDouble,
    account_of,
    address_not_allowed,
)
from tests.support.stage import NOW
from vultr_cost_mcp import cli
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.doctor.account import TRIED_ON
from vultr_cost_mcp.families.reading import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parents[1] / "fixtures"
KEY = "TEST-KEY-0123456789ABCDEF"
# What is read of an account as a whole; the rest is tried on a resource of it.
LISTS = len(ENDPOINTS) - len(TRIED_ON)
SETTINGS = ("API_KEY", "API_URL", "COST_CONFIG", "COST_STORE", "COST_RATE_LIMIT", "COST_DEMO")


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VultrDouble]:
    """Run a healthy account, and name it in the environment."""
    for name in SETTINGS:
        monkeypatch.delenv(f"VULTR_{name}", raising=False)
    monkeypatch.setattr(cli, "wall_clock", lambda: NOW)
    with VultrDouble(account_of(FIXTURES), date=NOW) as double:
        monkeypatch.setenv("VULTR_API_URL", double.url)
        monkeypatch.setenv("VULTR_API_KEY", KEY)
        monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "30")
        # It is set to what Vultr allows, and nobody has to wait for it here.
        monkeypatch.setattr("vultr_cost_mcp.accounts.account._SLACK", 0.01)
        monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path / 'history.db'}")
        yield double


@dataclass(frozen=True)
class Trouble:
    """What is wrong, and what is to be said about it."""

    name: str
    exit_code: int
    detail: str
    do: str
    faults: dict[str, Fault] = field(default_factory=dict[str, Fault])
    settings: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    ahead: timedelta | None = None


TROUBLES = {
    "no key": Trouble(
        "key",
        1,
        "VULTR_API_KEY is not set, so there is no account to read.",
        "Create a key under Account > API at my.vultr.com, put it into the server's environment "
        "and restart it; or try --demo.",
        settings={"VULTR_API_KEY": None},
    ),
    "wrong key": Trouble(
        "key",
        1,
        "Vultr does not accept this API key (HTTP 401).",
        "Set VULTR_API_KEY, or what the configuration file names for the account, to a valid key.",
        faults={"*": INVALID_TOKEN},
    ),
    "address not allowed": Trouble(
        "address",
        1,
        "Vultr refused the key from this address 203.0.113.7.",
        "Add it under Account > API > Access Control.",
        faults={"*": address_not_allowed()},
    ),
    "no right to load balancers": Trouble(
        "permission /load-balancers",
        3,
        "Load balancers stay unread without loadbalancer or network.loadbalancer.List (HTTP 403).",
        "Grant loadbalancer to the key's user under Account > Users > Permissions; or add "
        "network.loadbalancer.List to the IAM policy of its service user.",
        faults={"/load-balancers": Status(403, "Forbidden")},
    ),
    "no right to the bill": Trouble(
        "permission /billing/pending-charges",
        3,
        "Lines of the running month stay unread without billing or account.billing.Read "
        "(HTTP 403).",
        "Grant billing to the key's user under Account > Users > Permissions; or add "
        "account.billing.Read to the IAM policy of its service user.",
        faults={"/billing/*": NO_BILLING_403, "/account": NO_BILLING_403},
    ),
    "a right to nothing": Trouble(
        "permissions",
        1,
        f"0 of {LISTS} readings allowed.",
        "Give the key the rights that are named below.",
        faults={"*": Status(403, "Forbidden")},
    ),
    "unreachable": Trouble(
        "network",
        1,
        "Vultr could not be reached.",
        "Check the network, a proxy and VULTR_API_URL.",
        settings={"VULTR_API_URL": "http://127.0.0.1:{free}/v2"},
    ),
    "not Vultr": Trouble(
        "network",
        1,
        "Vultr's answer was not readable JSON.",
        "Check VULTR_API_URL, and whether a proxy answers in Vultr's place.",
        faults={"*": Body(b"<html>Sign in to the hotel's network</html>", "text/html")},
    ),
    "redirected": Trouble(
        "network",
        1,
        "Vultr's address answered with a redirect (HTTP 302), which is not followed, so that the "
        "key stays where it belongs.",
        "Check VULTR_API_URL.",
        faults={"*": Redirect("https://elsewhere.example/")},
    ),
    "too many requests": Trouble(
        "rate limit",
        1,
        "Vultr received too many requests from this address (HTTP 429) and asks to wait 120 "
        "seconds.",
        "Ask again later, or lower VULTR_COST_RATE_LIMIT if other programs share the address.",
        faults={"*": Status(429, "Rate limit reached", retry_after=120)},
    ),
    "a rate above Vultr's": Trouble(
        "rate limit",
        3,
        "VULTR_COST_RATE_LIMIT is 100 and Vultr counts 30 requests a second for each source "
        "address.",
        "Set VULTR_COST_RATE_LIMIT to 30 or less.",
        settings={"VULTR_COST_RATE_LIMIT": "100"},
    ),
    "a clock that is behind": Trouble(
        "clock",
        3,
        "This machine's clock is 59 minutes behind Vultr's, so that the month and the hours may be "
        "wrong.",
        "Set the clock of this machine, or let it set itself (NTP).",
        ahead=timedelta(minutes=59, seconds=30),
    ),
    "a store that cannot be opened": Trouble(
        "store",
        3,
        "The history",
        "",
        settings={"VULTR_COST_STORE": "sqlite:///{folder}"},
    ),
    "a store of no known form": Trouble(
        "store", 3, "The address of the history cannot be used", "",
        settings={"VULTR_COST_STORE": "postgres://costs"},
    ),
    "a setting that cannot be used": Trouble(
        "settings",
        1,
        "A setting cannot be used: VULTR_COST_RATE_LIMIT takes a whole number from 1 to 1000, such "
        "as 20.",
        "Correct it in the server's environment and restart it.",
        settings={"VULTR_COST_RATE_LIMIT": "fast"},
    ),
    "no configuration file": Trouble(
        "configuration",
        1,
        "The file that VULTR_COST_CONFIG names cannot be read: No such file or directory.",
        "",
        settings={"VULTR_COST_CONFIG": "{folder}/missing.toml"},
    ),
    "a proxy that is none": Trouble(
        "network",
        1,
        "The proxy that this environment names for Vultr's address cannot be used.",
        "Correct HTTPS_PROXY, such as http://proxy.example:3128, or unset it.",
        settings={
            "VULTR_API_URL": "https://vultr.invalid/v2",
            "HTTPS_PROXY": "pigeon://loft.example",
            "https_proxy": "pigeon://loft.example",
        },
    ),
}  # fmt: skip


def prepare(
    trouble: Trouble, double: VultrDouble, monkeypatch: pytest.MonkeyPatch, folder: Path, free: int
) -> None:
    for path, fault in trouble.faults.items():
        double.fail(path, fault)
    if trouble.ahead is not None:
        double.date = NOW + trouble.ahead
    for name, value in trouble.settings.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            filled = value.replace("{folder}", str(folder)).replace("{free}", str(free))
            monkeypatch.setenv(name, filled)


@pytest.fixture
def free() -> Iterator[int]:
    """A port that somebody has and nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def diagnosis(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--json"])
    out, errors = capsys.readouterr()
    assert errors == ""
    assert KEY not in out
    return code, json.loads(out)


def test_a_healthy_account_has_nothing_to_do(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = diagnosis(capsys)
    assert (code, found["ok"], found["status"]) == (0, True, "ok")
    assert {check["do"] for check in found["checks"]} == {""}
    names = {check["name"].partition(" /")[0] for check in found["checks"]}
    assert names == {
        "python", "version", "configuration", "proxy", "tls", "key", "address", "permissions",
        "permission", "clock", "rate limit", "store", "clients",
    }  # fmt: skip
    assert {request.method for request in double.requests} == {"GET"}
    asked = [request.path for request in double.requests]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=[*TROUBLES])
def test_each_trouble_has_its_sentence_and_its_exit_code(  # noqa: PLR0917  (fixtures and a case)
    trouble: Trouble,
    double: VultrDouble,
    tmp_path: Path,
    free: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(trouble, double, monkeypatch, tmp_path, free)
    code, found = diagnosis(capsys)
    assert code == trouble.exit_code
    assert found["ok"] is False
    bad = [check for check in found["checks"] if check["status"] != "ok"]
    check = next(check for check in bad if check["name"] == trouble.name)
    assert check["detail"].startswith(trouble.detail)
    assert check["detail"].endswith(".")
    assert check["do"].startswith(trouble.do)


def test_a_rejected_key_is_not_tried_on_every_list(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    double.fail("*", INVALID_TOKEN)
    diagnosis(capsys)
    assert double.count() == 3


def test_a_feature_that_is_off_is_no_missing_right(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    double.fail("/inference", Status(403, "Serverless inference is not enabled on this account."))
    code, found = diagnosis(capsys)
    assert code == 0
    check = next(row for row in found["checks"] if row["name"] == "permission /inference")
    assert check["detail"] == "Inference subscriptions: not enabled for this account."


def test_a_list_that_fails_is_no_missing_right(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    double.fail("/snapshots", Body(b"{}"))
    code, found = diagnosis(capsys)
    assert code == 3
    check = next(row for row in found["checks"] if row["name"] == "permission /snapshots")
    assert check["detail"].startswith("Snapshots of servers could not be read (")


def test_an_empty_account_is_well(double: VultrDouble, capsys: pytest.CaptureFixture[str]) -> None:
    """What is read of single resources has nothing to be tried on."""
    double.account = Account()
    code, found = diagnosis(capsys)
    assert code == 0
    summary = next(row for row in found["checks"] if row["name"] == "permissions")
    assert summary["detail"].startswith(f"{LISTS} of {LISTS} readings allowed; the key's user has ")


@pytest.mark.usefixtures("double")
def test_each_account_has_checks_of_its_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "costs.toml"
    file.write_text(
        '[accounts.prod]\nkey_env = "KEY_OF_PROD"\n[accounts.test]\nkey_env = "KEY_OF_TEST"\n'
    )
    monkeypatch.setenv("VULTR_COST_CONFIG", str(file))
    monkeypatch.setenv("KEY_OF_PROD", KEY)
    code, found = diagnosis(capsys)
    assert code == 1
    keys = {row["account"]: row for row in found["checks"] if row["name"] == "key"}
    assert keys["prod"]["detail"].startswith("The variable KEY_OF_PROD")
    assert keys["test"]["detail"] == (
        "The account test has no key: the variable KEY_OF_TEST is not set."
    )
    rights = [row for row in found["checks"] if row["name"] == "permissions"]
    assert [row["account"] for row in rights] == ["prod"]


def test_a_person_reads_what_is_wrong_and_what_to_do(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rights that the key has are one line, one that it lacks has a line of its own."""
    double.fail("/load-balancers", Status(403, "Forbidden"))
    assert main(["doctor"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "ok    key: VULTR_API_KEY of the environment." in lines
    lacking = next(at for at, line in enumerate(lines) if line.startswith("warn"))
    assert lines[lacking].startswith("warn  permission /load-balancers: Load balancers stay unread")
    assert lines[lacking + 1].startswith("      Grant loadbalancer to the key's user")
    assert sum("permission /" in line for line in lines) == 1
    assert lines[-1] == "It works, and something stays unread or needs care: see above."


def test_the_sample_account_is_well(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--demo"]) == 0
    assert capsys.readouterr().out.endswith("All is well.\n")
    assert double.count() == 0


def test_the_policy_can_be_printed(double: VultrDouble, capsys: pytest.CaptureFixture[str]) -> None:
    """It needs neither a key nor the network."""
    assert main(["doctor", "--policy"]) == 0
    (statement,) = json.loads(capsys.readouterr().out)["Statement"]
    assert "compute.instance.List" in statement["Action"]
    assert double.count() == 0
