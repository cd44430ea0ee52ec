/** What a program that goes on running prints. */

/**
 * Reads what a program prints until all of it so far matches, and goes on reading without use: a program whose output is
 * closed ends by EPIPE with the next line that it prints, and one whose output nobody reads waits for ever.
 *
 * @param {import('node:stream').Readable} output
 * @param {RegExp} pattern
 * @returns {Promise<RegExpExecArray>}
 * @throws {Error} with what was printed, where the output ends without a match
 */
export async function printed(output, pattern) {
  let text = ''
  let match = null
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    match = pattern.exec(text)
    if (match) break
  }
  if (!match) throw new Error(`the program ended before it printed ${pattern}: ${text}`)
  output.resume()
  return match
}
