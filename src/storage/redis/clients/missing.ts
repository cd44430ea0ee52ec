/** A client library that is not there. */
export class MissingLibrary extends Error {
  override readonly name = 'MissingLibrary'
}

/**
 * What to throw for a failed import of a library: a {@link MissingLibrary} where Node, or the bundle, does not have it; any other
 * error is its own. To be used in the `catch` around each `import()`: bundlers take those for imports that may fail, and go on.
 */
export function importError(error: unknown, library: string): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const text = String(message)
  // Node's code for modules, the one for CommonJS that bundlers imitate, and what Vite says without a code.
  const isMissing =
    code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || text.startsWith('Could not resolve "')
  return isMissing && text.includes(library) ? new MissingLibrary(text, { cause: error }) : error
}
