"""The book's structure: every notebook keeps the anatomy that CONTRIBUTING.md describes."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from tools import notebooks, set_repo
from tools.notebooks import ROOT

NOTEBOOKS = notebooks.all_notebooks()
SYLLABUS = {  # section: its rows
    "1.1": "abcdef", "1.2": "abcde", "1.3": "abcde", "1.4": "abc",
    "2.1": "abc", "2.2": "abcde", "2.3": "abc", "2.4": "abcde",
    "3.1": "abc", "3.2": "abcd", "3.3": "abcd", "3.4": "abcd",
    "4.1": "ab", "4.2": "abc", "4.3": "abc", "4.4": "abcde", "4.5": "ab", "4.6": "ab",
    "4.7": "ab", "4.8": "ab", "4.9": "ab",
    "5.1": "abcd", "5.2": "ab", "5.3": "ab", "5.4": "ab",
    "6.1": "abc", "6.2": "abc", "6.3": "ab", "6.4": "a", "6.5": "a", "6.6": "a", "6.7": "a",
    "7.1": "abcd", "7.2": "a", "7.3": "abc", "7.4": "ab",
}  # fmt: skip


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def notebook(path):
    return notebooks.read(path)


def prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def toc_files(entry) -> list[str]:
    """Every file named in a part of the table of contents."""
    if isinstance(entry, list):
        return [file for item in entry for file in toc_files(item)]
    if isinstance(entry, dict):
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [f for value in entry.values() if not isinstance(value, str)
                      for f in toc_files(value)]  # fmt: skip
    return []


def test_the_table_of_contents_names_every_page_once():
    listed = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text()))
    pages = [*ROOT.glob("book/*.md"), *ROOT.glob("chapters/*/*.md"), *NOTEBOOKS]
    expected = sorted(page.relative_to(ROOT).with_suffix("").as_posix() for page in pages)
    assert sorted(listed) == expected


def test_is_normalized(path):
    raw = path.read_text(encoding="utf8")
    notebook = notebooks.read(path)
    notebooks.normalize(notebook)
    assert notebooks.as_json(notebook) == raw, f"make run NB={path.relative_to(ROOT)}"
    identifiers = [cell.id for cell in notebook.cells]
    assert len(set(identifiers)) == len(identifiers)


def test_every_output_is_stored_without_errors(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert len(outputs) >= 10
    kinds = {output.output_type for output in outputs}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert all(output.get("name") != "stderr" for output in outputs)


def test_begins_with_its_question_objectives_and_minutes(notebook):
    first = notebook.cells[0].source
    title, question = first.split("\n\n")[:2]
    assert re.fullmatch(r"# [1-7]\.\d \S.*", title)
    assert re.fullmatch(r"\*\*.+\?\*\*", question)
    objectives = first.split("You will be able to")[1].split("*Before you start:*")[0]
    assert len(re.findall(r"^- .+", objectives, re.M)) >= 3
    assert re.search(r"^\*Minutes:\* \d+ to read, \d+ to run\.$", first, re.M)


def test_title_follows_from_the_path(path, notebook):
    part, section = int(path.parent.name[:2]), int(path.stem[:2])
    assert notebook.cells[0].source.startswith(f"# {part}.{section} ")


def test_ends_with_exercises_quiz_recap_and_sources(notebook):
    headings = re.findall(r"^## (.+)$", prose(notebook), re.M)
    assert headings[-4:] == ["Exercises", "Quiz", "Recap", "Sources"]
    recap = prose(notebook).split("## Recap")[1].split("## Sources")[0]
    assert len(re.findall(r"^- .+", recap, re.M)) >= 3


def test_exercises_have_a_starter_a_check_and_an_executed_solution(notebook):
    exercises = re.findall(r"^### Exercise (\d+) · .+", prose(notebook), re.M)
    assert exercises == [str(n + 1) for n in range(len(exercises))]
    assert len(exercises) >= 3
    assert "n paper" in prose(notebook).split("## Exercises")[1]
    checked = [c for c in code_cells(notebook) if re.search(r"^checks\.\w+\.\w+\(", c.source, re.M)]
    starters = [cell for cell in checked if "hide-cell" not in tags(cell)]
    solutions = [cell for cell in checked if "hide-cell" in tags(cell)]
    assert len(starters) == len(solutions) == len(exercises)
    for cell in starters:
        assert re.search(r"^answer = None", cell.source, re.M)
        assert cell.outputs[-1].text.endswith("Not answered yet.\n")
    for cell in solutions:
        assert cell.outputs[-1].text.endswith("Correct.\n")


def test_quiz_has_three_questions_or_more(notebook):
    (cell,) = (c for c in code_cells(notebook) if "widgets.quiz(" in c.source)
    call = next(n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call))
    questions = ast.literal_eval(call.args[0])
    assert len(questions) >= 3


def test_figures_have_caption_name_and_alternative_text(notebook):
    names = []
    for cell in code_cells(notebook):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            shown = cell.metadata.get("mystnb", {})
            assert len(shown["figure"]["caption"]) > 20, cell.source
            assert len(shown["image"]["alt"]) > 20, cell.source
            names.append(shown["figure"]["name"])
    assert len(set(names)) == len(names)


def test_prose_and_code_alternate(notebook):
    """At most two code cells stand in a row, apart from the set-up and the exercises."""
    body = [c for c in notebook.cells if not {"remove-cell", "hide-cell"} & set(tags(c))]
    kinds = "".join(cell.cell_type[0] for cell in body)
    assert "ccc" not in kinds


def test_at_least_four_fifths_of_the_outputs_are_compared(notebook):
    assert notebooks.compared_share(notebook) >= 0.8
    lonely = [c.source for c in code_cells(notebook) for o in c.outputs
              if o.get("text", "").strip() in {"True", "False"}]  # fmt: skip
    assert lonely == []


def test_widgets_are_stored_without_their_module(notebook):
    html = [o.data["text/html"] for c in code_cells(notebook) for o in c.outputs
            if "text/html" in o.get("data", {})]  # fmt: skip
    scripts = re.findall(r"<script([^>]*)>", "".join(html))
    assert all('type="application/json"' in attributes for attributes in scripts)


def test_size(path):
    assert path.stat().st_size <= 1_000_000


def test_set_up_cells_are_equal_and_name_the_repository_of_the_configuration():
    sources = {code_cells(notebooks.read(path))[0].source for path in NOTEBOOKS}
    assert len(sources) == 1
    expected = set_repo.in_config((ROOT / "_config.yml").read_text())
    for path in NOTEBOOKS:
        assert set_repo.in_notebook(path.read_text()) == expected


def test_set_repo_changes_every_place(tmp_path, monkeypatch):
    copy = tmp_path / "chapters" / "03_part" / "01_section.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_text(NOTEBOOKS[0].read_text())
    config = tmp_path / "_config.yml"
    config.write_text((ROOT / "_config.yml").read_text())
    monkeypatch.setattr(set_repo, "ROOT", tmp_path)
    monkeypatch.setattr(set_repo, "CONFIG", config)
    monkeypatch.setattr(set_repo, "all_notebooks", lambda: [copy])
    set_repo.main("https://example.org/book", "v9.8.7")
    expected = ("https://example.org/book", "v9.8.7")
    assert set_repo.in_config(config.read_text()) == expected
    assert set_repo.in_notebook(copy.read_text()) == expected
    with pytest.raises(SystemExit, match=r"TAG must be a version .* Received: TAG=main"):
        set_repo.main("https://example.org/book", "main")


def test_course_map_lists_every_row_and_links_those_of_finished_sections():
    text = (ROOT / "book" / "course_map.md").read_text()
    rows = {}
    for line in text.splitlines():
        if match := re.match(r"\| *(?:\[(\d\.\d[a-z])\]\((.+?)\)|(\d\.\d[a-z])) *\|", line):
            rows[match[1] or match[3]] = match[2]
    assert sorted(rows) == sorted(s + r for s, letters in SYLLABUS.items() for r in letters)
    finished = {}
    for path in NOTEBOOKS:
        section = re.match(r"# (\d\.\d) ", notebooks.read(path).cells[0].source)[1]
        finished[section] = path.relative_to(ROOT).as_posix()
    for row, link in rows.items():
        if row[:3] in finished:
            target, _, anchor = (link or "").partition("#")
            assert target == f"../{finished[row[:3]]}", row
            assert anchor, row
        else:
            assert link is None, f"{row} is linked and its section is not in the book"


def test_sources_stand_in_the_bibliography(notebook):
    bibliography = (ROOT / "book" / "references.bib").read_text()
    sources = prose(notebook).split("## Sources")[1]
    identifiers = re.findall(r"arxiv\.org/abs/([\d.]+\d)|doi\.org/([^)\s]+)", sources)
    assert len(identifiers) >= 1
    for arxiv, doi in identifiers:
        assert (arxiv or doi) in bibliography


def test_run_times_are_those_of_these_notebooks_and_within_budget():
    record = json.loads(notebooks.TIMES.read_text())["notebooks"]
    assert sorted(record) == sorted(p.relative_to(ROOT).as_posix() for p in NOTEBOOKS)
    seconds = notebooks.seconds_on_reference(record)
    assert max(seconds.values()) <= notebooks.BUDGET_SECONDS
    assert sum(seconds.values()) / len(seconds) <= notebooks.BUDGET_AVERAGE_SECONDS
    assert max(row["memory_mb"] for row in record.values()) <= notebooks.BUDGET_MEMORY_MB
    for name, row in record.items():
        share = notebooks.compared_share(notebooks.read(ROOT / name))
        assert row["compared"] == pytest.approx(share, abs=0.001), "make times"
    for part in {name.split("/")[1] for name in record}:
        slow = [name for name in seconds if f"/{part}/" in name and seconds[name] > 40]
        assert len(slow) <= 2


def test_seconds_of_another_processor_are_converted():
    reference, other = notebooks.REFERENCE_PROCESSOR, "another one"
    rows = {
        "a": {"seconds": 10.0, "processor": reference},
        "b": {"seconds": 30.0, "processor": other, "elsewhere": {reference: 20.0}},
        "c": {"seconds": 15.0, "processor": other},
    }
    assert notebooks.seconds_on_reference(rows) == {"a": 10.0, "b": 20.0, "c": 10.0}
    rows["d"] = {"seconds": 5.0, "processor": "a third one"}
    with pytest.raises(ValueError, match="Received: a third one without one"):
        notebooks.seconds_on_reference(rows)


def test_links_of_the_readme_lead_somewhere():
    """Every file that README and CONTRIBUTING link to exists."""
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text()):
            if "://" not in target:
                assert (ROOT / target).exists(), f"{page} links to {target}"
