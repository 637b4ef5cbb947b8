"""Data: what should the autoencoder learn from?"""

import streamlit as st

from playground.analysis.errors import UNITS, in_units, sample_errors
from playground.figures.numbers import count, three
from playground.models.mean import Mean
from playground.runs.run import split_of
from playground.ui import form, frame, gallery, messages, reading, server, state
from playground.ui.preview import preview, width_help

st.title("Data")
on_show = st.container()  # filled below, when it is known what is on show
spec, problems = state.spec()
reading.uploads()
source = state.source_on_show(spec.data)
found = None
if source is not None:
    with messages.shown():
        found = reading.read(source)
        spec, problems = reading.take(source, found, spec, problems)
        reading.panel(source, found)
is_mine = found is not None and bool(found.name)
gallery.show(spec.data, folded=is_mine)

dataset = server.store().dataset(spec.data)
form.prepare(spec, "data")
split = split_of(spec, server.store())
with on_show:
    messages.warn(problems)
    choice, way = st.columns([3, 1], vertical_alignment="bottom")
    with choice:
        form.choose_data(dataset)
    with way:
        frame.next_step("train", "Train on these data", ":material/model_training:")
    st.markdown(messages.plain(dataset.lesson))
    if found is not None and not is_mine:
        st.caption(f"What was brought last cannot be used yet; on show is still {messages.plain(dataset.title)}.")
    if not is_mine:
        for note in dataset.notes:
            st.markdown(messages.plain(note))
    if dataset.source and source is None:
        st.caption("To have it read another way, bring the file again: choices are kept as long as this page is open.")
rows, columns, first = st.columns(3)
rows.metric("Samples N", count(dataset.n_samples), border=True, height="stretch")
of_columns = f"from {count(dataset.n_features)} columns" if dataset.width != dataset.n_features else None
columns.metric(
    "Features n", count(dataset.width), of_columns, "off", delta_arrow="off", border=True, help=width_help(dataset)
)
first.metric("Suggested m", dataset.first_latent_dim, border=True, height="stretch")
preview(dataset)
st.subheader("The split")
st.markdown(
    f"{count(len(split.train_rows))} rows for training, {count(len(split.val_rows))} for validation (they choose the "
    f"best epoch), {count(len(split.test_rows))} for the test (nothing sees them before the comparison)."
)
if dataset.groups is not None:
    st.caption("Samples that belong together, such as patches of one place of a photo, are never parted by the split.")
a, b = st.columns(2)
with a:
    form.field("val_fraction", spec, dataset)
    form.field("test_fraction", spec, dataset)
with b:
    form.field("split_seed", spec, dataset)
    form.field("scaling", spec, dataset)
    form.field("only", spec, dataset)
left_out = dataset.n_samples - sum(map(len, (split.train_rows, split.val_rows, split.test_rows)))
if left_out:
    st.caption(f"{count(left_out)} rows of other classes are left out of training and validation; the test keeps all.")
if form.problem():
    st.error(messages.plain(form.problem()))
st.subheader("The baseline")
mean = Mean.fit(split.x_train)
error = float(sample_errors(split.x_val, mean.reconstruct(split.x_val)).mean())
st.markdown("Always answering with the mean of the training rows makes this error on the validation rows:")
for place, (unit, value) in zip(st.columns(3), in_units(error, split.n_features, error).items(), strict=True):
    place.metric(UNITS[unit].capitalize(), three(value), border=True)
if dataset.licence:
    st.caption(messages.plain(dataset.licence))
