// What the components of a cloud share on the page: parts that carriers hold, by key, and who answers for cards.

/**
 * The page's one store: `parts` (key -> deflated text), `holders` (place -> key), `states` (a cloud's name -> its data),
 * `answers` (question -> row -> card), `askers` (question -> who asks Python) and `waiting`, the views to tell.
 */
function cloudStore() {
  const shared = (globalThis.playground ??= {});
  const maps = () => Object.fromEntries(["parts", "holders", "states", "answers", "askers"].map((name) => [name, new Map()]));
  return (shared.clouds ??= { ...maps(), waiting: new Set() });
}

/** Tells every view of the page to look again. */
function tellClouds() {
  for (const look of [...cloudStore().waiting]) look();
}
