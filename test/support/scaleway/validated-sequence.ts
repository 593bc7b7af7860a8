const instance = '/instance/v1/zones/{zone}';
const block = '/block/v1/zones/{zone}';

/** Step by step what makes a machine on Scaleway; each create after a look for its name. */
export const upSequence: readonly string[] = [
  // 1. choose, and once more before the money: types, stock
  `GET ${instance}/products/servers`,
  `GET ${instance}/products/servers/availability`,
  // 2. the image of the zone
  'GET /marketplace/v2/local-images',
  // 3. somebody can log in
  'GET /iam/v1alpha1/ssh-keys',
  // 4. the security group
  `GET ${instance}/security_groups`,
  `POST ${instance}/security_groups`,
  `PUT ${instance}/security_groups/{group}/rules`,
  // 5. the server, from an image alone
  `GET ${instance}/servers`,
  `POST ${instance}/servers`,
  // 6. and 7. its root, found and grown
  `GET ${block}/volumes/{volume}`,
  `PATCH ${block}/volumes/{volume}`,
  `GET ${block}/volumes/{volume}`,
  // 9. power
  `POST ${instance}/servers/{server}/action poweron`,
  // 10. address
  `GET ${instance}/servers/{server}`,
  // the group as it was asked for
  `GET ${instance}/security_groups`,
  `GET ${instance}/security_groups/{group}/rules`,
  // 11. and 12. SSH and the worker, at the address of the server
  `GET ${instance}/servers/{server}`,
];

export const downSequence: readonly string[] = [
  `GET ${instance}/servers/{server}`,
  `POST ${instance}/servers/{server}/action terminate`,
  `GET ${instance}/servers/{server}`,
  `GET ${block}/volumes/{volume}`,
  `DELETE ${block}/volumes/{volume}`,
  `GET ${block}/volumes/{volume}`,
  `DELETE ${instance}/security_groups/{group}`,
];
