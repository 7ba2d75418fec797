"""The metrics of the package, in the order in which they are reported. Importing this registers them."""

from __future__ import annotations

from typing import Final

from synthetrial.evaluate.diversity import conditions, distinct_n, near_duplicates, self_bleu, vendi, vocabulary
from synthetrial.evaluate.fidelity import (
    associations,
    attributes,
    cosine,
    coverage,
    density,
    detection,
    detection_embedding,
    frontier,
    grounding,
    intervention,
    length_detection,
    marginals,
    precision,
    recall,
    validity,
)
from synthetrial.evaluate.leaks import probes
from synthetrial.evaluate.privacy import (
    canary_inference,
    copy_8gram,
    copy_8gram_train,
    copy_13gram,
    copy_13gram_train,
    copy_span,
    copy_span_train,
    dcr,
    identity_scan,
    membership_inference,
    nndr,
)
from synthetrial.evaluate.utility import utility, utility_embedding, utility_encoder

MODULES: Final = (
    validity, intervention, attributes, grounding, marginals, associations, detection, length_detection, detection_embedding,
    frontier, precision, recall, density, coverage, cosine, distinct_n, self_bleu, vendi, near_duplicates, vocabulary,
    conditions, copy_span, copy_8gram, copy_13gram,
    copy_span_train, copy_8gram_train, copy_13gram_train, dcr, nndr, membership_inference, canary_inference, identity_scan,
    utility, utility_embedding, utility_encoder, probes,
)  # fmt: skip
