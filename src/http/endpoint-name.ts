/** Who answers all of these answers everything that is asked for in practice. */
const USUAL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * The name of a route that was declared for these methods: `GET /t/:tenant`, `GET,POST /t`, `ALL /t`. A route is one
 * endpoint, however many methods it has.
 */
export function endpointName(methods: readonly string[], pattern: string): string {
  const isForAll = USUAL_METHODS.every((method) => methods.includes(method))
  return `${isForAll ? 'ALL' : methods.join(',')} ${pattern || '/'}`
}

/** The method by which a request counts: HEAD counts as GET where it is answered by a route that was declared for GET only. */
export function countedMethod(method: string, methods: readonly string[]): string {
  return method === 'HEAD' && !methods.includes('HEAD') && methods.includes('GET') ? 'GET' : method
}
