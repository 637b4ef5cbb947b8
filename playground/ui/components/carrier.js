// Brings a network to the page and shows nothing: the other components take it from there.

export default function ({ data, parentElement }) {
  const { key } = data;
  if (parentElement.carried !== key) {
    parentElement.carried = key;
    bring(key, new Network(data));
    takeNoRoom(parentElement);
  }
  return () => {
    if (parentElement.carried !== key) return; // it already carries another
    delete parentElement.carried;
    shared.networks.delete(key);
  };
}

/** Out of the page's column, which would leave a gap for it. */
function takeNoRoom(parentElement) {
  const root = parentElement.getRootNode();
  const box = (root.host ?? parentElement).closest('[data-testid="stElementContainer"]');
  if (box) box.style.position = "absolute";
}
