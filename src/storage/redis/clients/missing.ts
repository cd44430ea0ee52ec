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
  // Node's code for modules, and that for CommonJS, which bundlers imitate.
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  return isMissing && String(message).includes(library) ? new MissingLibrary(String(message), { cause: error }) : error
}
