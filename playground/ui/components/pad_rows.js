// Carries the codes of a run to the page, once; shows nothing.

export default function ({ data }) {
  keepRows(data);
}
