/** A 32-bit hash of a text from `start` on: FNV-1a, with the last step of MurmurHash3 because the low bits are the ones that count. */
export function hashFrom(text: string, start: number, seed: number): number {
  let hash = seed
  for (let i = start; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
