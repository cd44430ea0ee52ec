import { test, vi } from 'vitest'
import { installNest, loadNest, type Nest, type OtherNest } from './versions.ts'

/**
 * Loads a Nest that is not that of this package, and leads the adapter to it: in an app there is one. Where it cannot be had, a
 * skipped test tells why.
 */
export async function otherNest(name: OtherNest): Promise<Nest | undefined> {
  try {
    await installNest(name)
    const nest = loadNest(name)
    vi.doMock('@nestjs/common', () => nest.common)
    vi.doMock('@nestjs/core', () => nest.core)
    return nest
  } catch (error) {
    test(name, ({ skip }) => skip(`it cannot be had: ${(error as Error).message.split('\n')[0]}`))
    return undefined
  }
}
