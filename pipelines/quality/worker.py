"""The process that holds Great Expectations, so that its weight (ten seconds to import, 250 MB) is in nobody's way.

Reads one JSON request a line from standard input: rules with their thresholds, and the violations counted for each. Answers with
one JSON line: whether the gate is green, and the result document. It opens no file and no connection.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

os.environ["GX_ANALYTICS_ENABLED"] = "false"

_SEVERITY: Final = {"refuse": "critical", "quarantine": "warning", "warn": "info"}


class Judge:
    """An ephemeral Great Expectations context; one expectation a rule over a frame of one row."""

    def __init__(self) -> None:
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("counts").add_dataframe_asset("counts")
        self._batch = asset.add_batch_definition_whole_dataframe("one_row")
        self._suites: dict[tuple[str, ...], Any] = {}

    def judge(self, rules: list[dict[str, Any]], counts: dict[str, int]) -> dict[str, Any]:
        """Hold counts against thresholds.

        Args:
            rules: `name`, `action`, `reason`, `allowed` of each rule.
            counts: violations by rule name.

        Returns:
            `success` (no rule that refuses is broken), `broken` (names of broken rules), `document`.
        """
        import pandas

        batch = self._batch.get_batch({"dataframe": pandas.DataFrame([counts])})
        result = batch.validate(self._suite(rules), result_format="BASIC")
        document = result.to_json_dict()
        results = [_slim(entry) for entry in document["results"]]
        broken = [entry["rule"] for entry in results if not entry["success"]]
        refused = any(not entry["success"] and entry["severity"] == "critical" for entry in results)
        return {
            "success": not refused,
            "broken": broken,
            "document": {"statistics": document["statistics"], "results": results},
        }

    def _suite(self, rules: list[dict[str, Any]]) -> Any:
        from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
        from great_expectations.expectations.metadata_types import FailureSeverity

        key = tuple(rule["name"] for rule in rules)
        if key not in self._suites:
            suite = self._gx.ExpectationSuite(name="-".join(key)[:80])
            for rule in rules:
                suite.add_expectation(
                    ExpectColumnMaxToBeBetween(
                        column=rule["name"],
                        max_value=rule["allowed"],
                        severity=FailureSeverity(_SEVERITY[rule["action"]]),
                        meta={"action": rule["action"], "reason": rule["reason"]},
                    )
                )
            self._suites[key] = suite
        return self._suites[key]


def _slim(entry: dict[str, Any]) -> dict[str, Any]:
    """Keep of an expectation's result what a person reads."""
    config = entry["expectation_config"]
    raised = entry["exception_info"].get("raised_exception", False)
    return {
        "rule": config["kwargs"]["column"],
        "expectation": config["type"],
        "allowed": config["kwargs"]["max_value"],
        "violations": entry["result"].get("observed_value"),
        "severity": config["severity"],
        "success": entry["success"] and not raised,
        "action": config["meta"]["action"],
        "reason": config["meta"]["reason"],
    }


def main() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    judge = Judge()
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(judge.judge(request["rules"], request["counts"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
