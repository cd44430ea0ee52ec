/** Who answers all of these answers everything that is asked for in practice. */
const USUAL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * The name of a route that answers these methods: `GET /t/:tenant`, `GET,POST /t`, `ALL /t`. It is one endpoint, however many
 * methods it has.
 */
export function endpointName(methods: readonly string[], pattern: string): string {
  const named = methods.includes('GET') ? methods.filter((method) => method !== 'HEAD') : methods
  const isForAll = USUAL_METHODS.every((method) => methods.includes(method))
  return `${isForAll ? 'ALL' : named.join(',')} ${pattern || '/'}`
}

/** The method by which a request counts: HEAD, where it is answered by what answers GET, counts as GET. */
export function countedMethod(method: string, methods: readonly string[]): string {
  return method === 'HEAD' && methods.includes('GET') ? 'GET' : method
}
