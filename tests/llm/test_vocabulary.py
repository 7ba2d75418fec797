"""The embedded model's file: cut to registry words, the same bytes each time, and still able to spell anything."""

import hashlib

import pytest

from synthetrial.errors import ModelError
from synthetrial.llm import embedded, vocabulary

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.smoke,
    pytest.mark.skipif(embedded.available() is not None, reason=str(embedded.available())),
]


def test_the_cut_model_is_the_one_known_and_holds_every_byte_token():
    from gguf import GGUFReader

    path = embedded.gemma_weights()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == embedded.TRIMMED_SHA256
    kinds = GGUFReader(path).fields["tokenizer.ggml.token_type"].contents()
    assert kinds.count(6) == 256
    assert 40_000 < len(kinds) < 50_000


def test_a_model_of_another_vocabulary_is_refused(tmp_path):
    from gguf import GGUFWriter

    other = tmp_path / "other.gguf"
    writer = GGUFWriter(other, "gemma3")
    writer.add_token_list(["a", "b"])
    writer.add_token_types([1, 1])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ValueError, match="2 tokens"):
        vocabulary.trim(other, tmp_path / "cut.gguf")
    assert list(tmp_path.iterdir()) == [other]


def test_a_damaged_file_is_named_and_left_for_the_user_to_delete(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path))
    damaged = tmp_path / f"{embedded.GEMMA_NAME}.gguf"
    damaged.write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=r"sha256 is .* delete the file"):
        embedded.gemma_weights()
    assert damaged.exists()
