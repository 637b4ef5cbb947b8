"""The first page: a network learns without a click, once per server."""

from playground.data import load
from playground.runs.run import Run
from playground.training.recipe import recommended


def test_the_first_visit_trains_the_digits_and_later_ones_watch_that_run(visit, runs):
    first = visit()
    assert first.complaints == []
    (run_id,) = runs.run_ids()
    run = Run(runs, run_id)
    assert run.is_finished
    assert run.spec == recommended(load("digits"))
    assert first.reads("Done. Epoch 60 of 60")
    assert visit().complaints == []
    assert runs.run_ids() == [run_id]


def test_the_welcome_run_ends_below_pca(visit, runs):
    visit()
    run = Run(runs, runs.run_ids()[0])
    error = {score.name: score.error["sum_squared_error_per_sample"] for score in run.scores}
    assert error["autoencoder"] < 0.6 * error["pca"]


def test_the_welcome_run_cannot_be_stopped_by_a_visitor(visit, finished, runs):
    runs.update(finished.id, state="running")
    (finished.folder / "heartbeat").touch()
    visitor = visit()
    assert not visitor.buttons & {"pause", "resume", "stop"}


def test_a_welcome_run_that_came_to_grief_is_made_anew(visit, finished, runs):
    runs.update(finished.id, state="failed", message="It was stopped before it began.")
    visitor = visit()
    assert visitor.complaints == []
    assert len(runs.run_ids()) == 2
    assert visitor.reads("Done.")


def test_a_damaged_note_of_the_welcome_run_is_replaced(visit, finished, runs):
    (runs.folder / "welcome.json").write_text('{"run": "')
    assert visit().complaints == []
    assert len(runs.run_ids()) == 2


def test_the_first_page_leads_on_with_the_settings_of_the_address(visit, finished):
    visitor = visit(data="wine", seed="3")
    links = [link.proto.query_string for link in visitor.app.main.get("page_link")]
    assert len(links) == 6
    assert set(links) == {"data=wine&seed=3"}
