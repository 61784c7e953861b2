// Numbers over time as one line of text: a bar of eight heights for each span, a blank where nothing is known.

const bars = "▁▂▃▄▅▆▇█";

/**
 * Draws values. The lowest bar is zero, or the least value where that is below it; the highest is the greatest value.
 * @param values  undefined where nothing is known
 */
export function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const least = Math.min(0, ...known);
  const range = Math.max(...known, 0) - least;
  return values
    .map((value) => {
      if (value === undefined) return " ";
      const height = range > 0 ? Math.round(((value - least) / range) * (bars.length - 1)) : 0;
      return bars[height] ?? " ";
    })
    .join("");
}

/** A number as people read it: whole, or to three significant digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  // Through a number again: the zeros at the end of the text go with that.
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
