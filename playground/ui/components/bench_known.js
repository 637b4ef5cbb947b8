// Carries what the bench knows of a run (its PCA, its columns, codes of held-out rows) and shows nothing.

export default function ({ data, parentElement }) {
  keepKnown(data);
  const root = parentElement.getRootNode();
  const box = (root.host ?? parentElement).closest('[data-testid="stElementContainer"]');
  if (box) box.style.position = "absolute"; // out of the page's column, which would leave a gap for it
}
