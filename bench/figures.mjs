/** The middle of several figures; of an even number the mean of the two in the middle. */
export function median(figures) {
  return quantile(figures, 0.5)
}

/** Between these two lies the middle half of the figures. */
export function quartiles(figures) {
  return [quantile(figures, 0.25), quantile(figures, 0.75)]
}

function quantile(figures, part) {
  const sorted = figures.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at % 1)
}

export function rounded(figure, digits) {
  return Number(figure.toFixed(digits))
}

/**
 * What a part has found out, for readers: `mark` says where in the documentation it belongs, `header` and `rows` are text. The
 * first column says what was measured.
 */
export function printTable({ title, header, rows }) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)))
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  console.log(`\n${title}\n`)
  for (const row of [header, ...rows]) console.log(`  ${line(row)}`)
}
