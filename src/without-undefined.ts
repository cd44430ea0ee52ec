/** What a record has but for properties that are undefined: to spread it changes nothing that it does not name. */
export function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}
