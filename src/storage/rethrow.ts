/**
 * Fails as it did. Bundlers take an `import()` with a `catch`, also with this one, for one of a library that need not be there, and go
 * on without it.
 */
export function rethrow(error: unknown): never {
  throw error
}
