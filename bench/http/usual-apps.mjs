import { legacyHeaders, ONE, SPENT, THREE } from './limits.mjs'

/**
 * The apps that every framework is measured by: without a limiter, with counters by hand, and with sluice. `headers` is how the
 * four headers are set by hand.
 */
export function usualApps({ create, hook, sluice }, headers = legacyHeaders) {
  return {
    none: { title: 'no limiter', create: () => create() },
    'hook-1': { title: 'by hand, one counter', create: () => hook(ONE) },
    'hook-3': { title: 'by hand, three counters, 4 headers', create: () => hook(THREE, headers) },
    'hook-refusing': { title: 'by hand, refusing', refuses: true, create: () => hook(SPENT) },
    'sluice-1': { title: 'sluice, one limit', create: () => sluice(ONE) },
    'sluice-3': { title: 'sluice, three limits, 4 headers', create: () => sluice(THREE, { headers: 'legacy' }) },
    'sluice-refusing': { title: 'sluice, refusing', refuses: true, create: () => sluice(SPENT) },
  }
}
