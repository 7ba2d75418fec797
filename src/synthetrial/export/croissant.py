"""croissant.json: the set described for machines, in Croissant 1.0 with its vocabulary for responsible use
(https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec

CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        each: f"cr:{each}"
        for each in (
            "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
            "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
            "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
        )
    },
}  # fmt: skip
"""The vocabulary of Croissant 1.0."""

FIELDS: Final = {
    "id": ("sc:Text", "SYN- and ten letters and digits; no registry has it"),
    "synthetic": ("sc:Boolean", "True in every record"),
    "label": ("sc:Integer", "The outcome that the plan asked for: 1 success, 0 failure"),
    "title": ("sc:Text", "Brief title"),
    "drug": ("sc:Text", "The drug that the record was planned for"),
    "conditions": ("sc:Text", "Conditions studied"),
    "phases": ("sc:Text", "Phases, in the values of the ClinicalTrials.gov API v2"),
    "text": ("sc:Text", "The whole record in canonical rendering, without outcome"),
    "weight": ("sc:Float", "Training weight from the teacher; null without one"),
    "p_label": ("sc:Float", "The teacher's probability of the label; null without one"),
    "rung": ("sc:Text", "How near the exemplars' drug, condition and phase were to the planned ones"),
    "model": ("sc:Text", "The model that wrote the record"),
    "engine": ("sc:Text", "What ran the model, and the version of Synthetrial"),
    "recipe": ("sc:Text", "The recipe of the run"),
    "prompt_version": ("sc:Text", "The version of the prompt"),
    "seed": ("sc:Integer", "The seed of the call"),
    "date": ("sc:Date", "The day on which the record was accepted"),
}
"""Type and meaning of the columns that are described; nested ones (protocol, reasons) are described in the card."""
LISTS: Final = ("conditions", "phases")


def croissant(
    *,
    name: str,
    description: str,
    licence: str | None,
    version: str,
    published: str,
    data: Path,
    root: Path,
    use: str,
    limits: str,
    making: str,
) -> bytes:
    """The description of the Parquet file `data` in folder `root`; without a licence it names none."""
    file = data.relative_to(root).as_posix()
    described = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": name,
        "description": description,
        "keywords": ["synthetic", "clinical trials"],
        "inLanguage": "en",
        "isLiveDataset": False,
        "version": version,
        "datePublished": published,
        "citeAs": f"{name}, made with Synthetrial {version}, {dt.date.fromisoformat(published).year}",
        "rai:dataCollection": making,
        "rai:dataCollectionType": ["Software Collection"],
        "rai:dataUseCases": [use],
        "rai:dataLimitations": [limits],
        "rai:personalSensitiveInformation": ["None: the records are about no person, and checks refuse texts that name one."],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "train.parquet",
                "name": "train.parquet",
                "description": "All records",
                "contentUrl": file,
                "contentSize": f"{data.stat().st_size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": _sha256(data),
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "records",
                "name": "records",
                "description": "A synthetic clinical trial record each",
                "key": {"@id": "records/id"},
                "field": [_field(column, *FIELDS[column]) for column in FIELDS],
            }
        ],
    }
    if licence is not None:
        described["license"] = licence
    return msgspec.json.format(msgspec.json.encode(described), indent=2) + b"\n"


def _field(column: str, kind: str, meaning: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"records/{column}",
        "name": column,
        "description": meaning,
        "dataType": kind,
        **({"repeated": True} if column in LISTS else {}),
        "source": {"fileObject": {"@id": "train.parquet"}, "extract": {"column": column}},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
