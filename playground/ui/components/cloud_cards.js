// Invisible: asks Python for the cards of rows that have none yet, and hands them to the views.

export default function ({ data, parentElement, setTriggerValue }) {
  const { answers, askers } = cloudStore();
  const ask = (rows) => setTriggerValue("ask", { of: data.asks, rows });
  askers.set(data.asks, { ask, parentElement });
  if (!answers.has(data.asks)) answers.set(data.asks, new Map());
  if (data.cards.length) {
    for (const card of data.cards) answers.get(data.asks).set(card.row, card);
    tellClouds();
  }
  return () => {
    for (const [asks, asker] of askers) if (asker.parentElement === parentElement) askers.delete(asks), answers.delete(asks);
  };
}
