// Brings a network to the page and shows nothing: the other components take it from there.

export default function ({ data, parentElement }) {
  const { key } = data;
  if (parentElement.carried !== key) {
    parentElement.carried = key;
    bring(key, new Network(data));
  }
  return () => {
    if (parentElement.carried !== key) return; // it already carries another
    delete parentElement.carried;
    shared.networks.delete(key);
  };
}
