/**
 * The name in `among` that `word` was probably meant to be, or undefined where none is near. For "did you mean" in errors.
 * Upper and lower case count as the same; up to a third of the letters may be wrong, missing, superfluous or swapped.
 */
export function nearest(word: string, among: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const name of among) {
    // The distance is at least that of the lengths, and a long word would take long.
    if (Math.abs(word.length - name.length) > Math.max(word.length, name.length) / 3) continue
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance && distance <= Math.max(word.length, name.length) / 3) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** How many letters to insert, delete, replace or swap with their neighbour to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforeLast[j - 2]! + 1 : Infinity
      row.push(Math.min(replaced, swapped, last[j]! + 1, row[j - 1]! + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
