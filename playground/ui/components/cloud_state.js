// Invisible: what changes on a cloud, apart from its script, so that a click does not send the script again.

export default function ({ data, parentElement }) {
  const { states } = cloudStore();
  states.set(data.slot, { data, parentElement });
  tellClouds();
  return () => {
    if (states.get(data.slot)?.parentElement === parentElement) states.delete(data.slot);
  };
}
