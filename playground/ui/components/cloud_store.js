// What the components of a cloud share on the page: parts that carriers hold, by key, and who answers for cards.

/** The page's one store: {parts: key -> text deflated, holders: place -> key, waiting, answers, askers}. */
function cloudStore() {
  const shared = (globalThis.playground ??= {});
  return (shared.clouds ??= { parts: new Map(), holders: new Map(), waiting: new Set(), answers: new Map(), askers: new Map() });
}

/** Tells every view of the page to look again. */
function tellClouds() {
  for (const look of [...cloudStore().waiting]) look();
}
