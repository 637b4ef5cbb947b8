// The codes that the pad knows: sent once for a run, kept for every part of the page, whoever comes first.

function rowStore() {
  return (globalThis.playgroundRows ??= { key: null, rows: null, waiting: new Set() });
}

/** Keep what `pad_rows_payload` packed; only one run's at a time, for it is megabytes. */
async function keepRows(data) {
  const store = rowStore();
  if (store.key === data.key) return;
  Object.assign(store, { key: data.key, rows: null });
  const rows = {
    held: unpack(data.held),
    train: unpack(data.train),
    numbers: unpack(data.numbers).values,
    features: data.features ? unpack(data.features) : null,
    pictures: data.pictures ? await unpackDeflated(data.pictures) : null,
    words: data.words,
    reach: data.reach,
    apart: unpack(data.apart).values,
  };
  if (store.key !== data.key) return; // another run came in the meantime
  store.rows = rows;
  for (const waiter of [...store.waiting]) {
    if (waiter.key !== data.key) continue;
    store.waiting.delete(waiter);
    waiter.use(rows);
  }
}

/** Calls `use(rows)` now or when the rows have come; gives what stops the waiting. */
function rowsOfKey(key, use) {
  const store = rowStore();
  if (store.key === key && store.rows) {
    use(store.rows);
    return () => {};
  }
  const waiter = { key, use };
  store.waiting.add(waiter);
  return () => store.waiting.delete(waiter);
}
