// An invisible carrier: holds one part of a cloud for the views of the page, for as long as it is mounted.

export default function ({ data, parentElement }) {
  const { parts, holders } = cloudStore();
  const letGo = () => {
    const key = holders.get(parentElement);
    holders.delete(parentElement);
    if (![...holders.values()].includes(key)) parts.delete(key);
  };
  if (holders.get(parentElement) !== data.key) {
    letGo();
    holders.set(parentElement, data.key);
    parts.set(data.key, data.deflated);
    tellClouds();
  }
  return letGo;
}
