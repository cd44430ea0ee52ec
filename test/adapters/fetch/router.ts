/** What turns a `Request` into a `Response`. `Info` is what its server knows beside. */
export type Fetch<Info> = (request: Request, info: Info) => Response | Promise<Response>

/** A route of an app. */
export interface Route<Info> {
  readonly methods: readonly string[]
  /** Such as `/t/:id`. */
  readonly pattern: string
  readonly answer: Fetch<Info>
}

const params = new WeakMap<Request, Readonly<Record<string, string>>>()

/** A parameter of the pattern that a request has matched. */
export function paramOf(request: Request, name: string): string | undefined {
  return params.get(request)?.[name]
}

/** The first route with the path and the method answers; HEAD is answered by what answers GET. */
export function routed<Info>(routes: readonly Route<Info>[], notFound: Fetch<Info>): Fetch<Info> {
  const all = routes.map((route) => ({
    ...route,
    path: new RegExp(`^${route.pattern.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  }))
  return (request, info) => {
    const { pathname } = new URL(request.url)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    for (const { methods, path, answer } of all) {
      const found = methods.includes(method) ? path.exec(pathname) : undefined
      if (!found) continue
      params.set(request, { ...found.groups })
      return answer(request, info)
    }
    return notFound(request, info)
  }
}
