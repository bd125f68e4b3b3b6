"""A secret that is planted into a command line or a kernel's text never survives; what is no secret does."""

import string
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from console.rules import redaction
from console.rules.redaction import HIDDEN, names_a_secret, redacted, remembering

WORD = st.text(string.ascii_letters + string.digits + "_-+/=.,!%^~#", min_size=8, max_size=40).filter(
    lambda text: text[0] not in "-#" and not text.isdigit()
)
"""What people use as secrets: no blank, no quote, and no option by its looks."""
ALNUM = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)
NAMES = st.sampled_from(
    [
        *(
            "token",
            "--token",
            "HF_TOKEN",
            "WANDB_API_KEY",
            "wandb.api_key",
            "--api-key",
            "apiKey",
            "password",
            "PASSWD",
        ),
        *("PGPASSWORD", "MYSQL_PWD", "db_password", "--auth-token", "secret", "client_secret", "AWS_SECRET_ACCESS_KEY"),
        *("access_key", "private-key", "passphrase", "credentials", "hftoken", "--authkey"),
    ]
)
AROUND = st.sampled_from(["", "python train.py --lr 1e-4", "bash -c", "env A=1", "/opt/x/y --flag", "srun -n 8 'x y'"])
PLANTS = [
    "{name}={secret}",
    "{name}: {secret}",
    '{{"{name}": "{secret}"}}',
    "{name}='{secret}'",
    '{name}="{secret}"',
    "--{name} {secret}",
    "--{name} '{secret}'",
    "https://me:{secret}@host/path",
    "https://{secret}@host/path",
    "postgres://u:{secret}@10.0.0.1:5432/db",
    "curl -H 'Authorization: Bearer {secret}' https://x/y",
    "curl -H Authorization: Bearer {secret} https://x/y",
    "curl -H Authorization: Basic {secret} https://x/y",
    "curl -H X-Api-Key: {secret} https://x/y",
    "curl -H 'Cookie: a=b; session={secret}' https://x/y",
    "curl -u me:{secret} https://x/y",
    "/usr/bin/curl --user me:{secret} https://x/y",
    "mysql -uroot -p{secret} db",
    "mysql -u root -p {secret} db",
    "mysqldump --host h -p{secret}",
    "sshpass -p {secret} ssh h",
    "docker login -u me -p {secret} registry",
    "redis-cli -a {secret} ping",
    "cd /x && mysql -p{secret}",
    "openssl --passin pass:{secret}",
]


@example("--{name} '{secret}'", "token", "=0000000", "", "srun -n 8 'x y'")
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLANTS), NAMES, WORD, AROUND, AROUND)
def test_a_planted_secret_never_survives(plant: str, name: str, secret: str, before: str, after: str) -> None:
    planted = plant.format(name=name, secret=secret)
    if "://" in planted and ("/" in secret or "#" in secret):
        secret = secret.replace("/", "x").replace("#", "x")
        planted = plant.format(name=name, secret=secret)
    assume(secret not in plant.format(name=name, secret=" "))  # a password that is the word "mysqldump" is no secret
    found = redacted(f"{before} {planted} {after}")
    assert secret not in found
    assert HIDDEN in found
    assert redacted(found) == found, "a second look changes nothing"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["sk-", "sk-ant-api03-", "hf_", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "nvapi-", "AIza"]
    ),
    ALNUM,
    AROUND,
    st.sampled_from(["{}", "x={}", "'{}'", "a,{}", "/{}/", "({})"]),
)
def test_a_known_shape_is_struck_wherever_it_stands(shape: str, secret: str, before: str, within: str) -> None:
    assert secret not in redacted(f"{before} {within.format(shape + secret)}")


@pytest.mark.parametrize("text", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ"])
def test_keys_of_clouds_and_web_tokens_are_struck(text: str) -> None:
    assert redacted(f"aws --x {text}") == f"aws --x {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "python train.py --max_tokens 4096 --tokenizer=llama --pad-id 0 --num_tokens=12",
        "docker run -p 8080:80 --gpus all image",
        "git+https://github.com/org/repo@main",
        "curl http://host:8080/path@v1",
        "torchrun --rdzv_endpoint gpu-01:29400 --nproc_per_node=8 train.py lr=1e-4 data=/data/x",
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, name=python, GPU has fallen off the bus.",
        "sleep 60",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *(("HF_TOKEN", True), ("hfToken", True), ("api-key", True), ("apiKey", True), ("PGPASSWORD", True)),
        *(("max_tokens", False), ("tokenizer", False), ("key", False), ("monkey", False), ("compass", False)),
    ],
)
def test_a_name_tells_whether_its_value_is_a_secret(name: str, secret: bool) -> None:
    assert names_a_secret(name) is secret


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_every_text_can_be_looked_at(text: str) -> None:
    found = redacted(text)
    assert "\n" not in found or "\n" in text


HOSTILE = (
    *("http://", "http://a:", "a://:", "http://:", "https://a:1/", "https://a:1@", "a://@", "a:/", "a+", "a.", "w-"),
    *("-", "--", "--a ", "='", '"\\', '\\"', "a=", "token=", "token =", "-token ", "_token '", "--token '\\", ' -a "'),
    *("authorization:", "authorization: a ", 'authorization="', "cookie ", "cookie: ", "proxy-", "bearer ", "basic\t"),
    *(
        "eyJaaaaaaaa.",
        "-----BEGIN ",
        "-----BEGIN A PRIVATE KEY",
        "sk-",
        "github_pat_",
        "mysql -p",
        "ab",
        " ",
        "\n",
        "'a' ",
    ),
)
"""What makes a pattern begin again and again."""


def seconds(text: str) -> float:
    """CPU time for one look, of the best of five."""

    def once() -> float:
        began = time.process_time()
        redacted(text)
        return time.process_time() - began

    return min(once() for _ in range(5))


@pytest.mark.parametrize("seed", HOSTILE)
def test_the_work_grows_as_the_text_does(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the text is 8 times the work where it is linear, and 64 times where it is quadratic."""
    monkeypatch.setattr(redaction, "LONGEST", 1 << 30)
    short, long = ((seed * length)[:length] for length in (2_000, 16_000))
    assert seconds(long) < 24 * max(seconds(short), 20e-6)


def test_a_login_with_a_slash_is_struck_however_long_it_is() -> None:
    assert redacted(f"x http://me:a/{'b' * 3000}@host/ y") == f"x http://{HIDDEN}@host/ y"


def test_what_was_seen_is_remembered_and_the_memory_is_bounded() -> None:
    seen: list[str] = []
    remembered = remembering(lambda text: seen.append(text) or text.upper(), 3)  # type: ignore[func-returns-value]
    assert [remembered(text) for text in ("a", "b", "a", "c", "d", "d", "a")] == list("ABACDDA")
    assert seen == ["a", "b", "c", "d", "a"]
