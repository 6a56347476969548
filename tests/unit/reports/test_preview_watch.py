"""`preview --watch` draws at every save, says what is wrong, and goes on."""

from __future__ import annotations

from pathlib import Path

from itss.commands.preview_watch import watch
from itss.errors import ConfigurationError


def test_every_save_is_drawn_and_an_error_ends_nothing(tmp_path: Path, capsys) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        (folder / "acme").mkdir(parents=True)
    text, drawn = own / "acme" / "report.en.md.j2", []
    text.write_text("0")
    saves = iter(["1", None, "wrong", "2", "look", "gone"])

    def pause() -> None:
        match next(saves, "end"):
            case "end":
                raise KeyboardInterrupt
            case "look":
                (shipped / "acme" / "look.yaml").write_text("colours: {}")
            case "gone":
                (shipped / "acme" / "look.yaml").unlink()
            case str() as words:
                text.write_text(words)

    def draw() -> None:
        words = text.read_text()
        if words == "wrong":
            raise ConfigurationError("report.en.md.j2:3: There is no measure 'x'.")
        drawn.append(words)

    watch(draw, (own, shipped), pause)

    said = capsys.readouterr()
    assert drawn == ["1", "2", "2", "2"]
    assert "report.en.md.j2:3: There is no measure 'x'." in said.err
    assert said.out.count("saved: report.en.md.j2") == 3
    assert said.out.count("saved: look.yaml") == 2
