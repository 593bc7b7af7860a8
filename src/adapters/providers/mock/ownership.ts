const mark = 'inventiv';

/** Whether a thing in the cloud is ours by its tags (`inventiv`, `inventiv:...`, `inventiv=...`) or its name (`inventiv-...`). */
export function isOurs({name, tags}: {name?: string; tags: readonly string[]}): boolean {
  return tags.some(tag => tag === mark || /^inventiv[-:=]/.test(tag)) || name?.startsWith(`${mark}-`) === true;
}
