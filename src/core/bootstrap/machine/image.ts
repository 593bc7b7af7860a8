import {InventivError} from '../../errors.ts';
import {fitImageToDriver} from '../../model/image.ts';
import type {BootstrapFacts} from '../bootstrap.ts';
import {shellQuote} from '../shell-quote.ts';
import {failFunction, paths} from './layout.ts';
import type {MachineBootstrapRequest} from './request.ts';

export interface ChosenImage {
  readonly reference: string;
  /** What the container needs in its environment for this image on this host. */
  readonly env: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** The image that was planned, in the variant for the driver that the machine really has. */
export function imageFor({image, gpuCount}: MachineBootstrapRequest, facts: BootstrapFacts): ChosenImage {
  if (image === null) throw new InventivError('unexpected', 'the docker runtime was asked for without an image.');
  const {driver_version: driverVersion, compute_cap: computeCapability} = facts;
  const choice = fitImageToDriver(image, {
    gpuCount,
    ...(typeof driverVersion === 'string' && {driverVersion}),
    ...(typeof computeCapability === 'number' && {computeCapability}),
  });
  if (choice.ok) return choice;
  throw new InventivError('instance_failed', `${choice.text}.`, {hint: choice.hint, detailCode: choice.code});
}

/** Pulls the image unless it is here; its digest is what was really run. */
export function imageScript(request: MachineBootstrapRequest, facts: BootstrapFacts): string {
  const {reference, reason} = imageFor(request, facts);
  const image = shellQuote(reference);
  return `
echo "::phase::image"
${failFunction}
cd "$INVENTIV_ROOT" || exit 40
had=true
if ! docker image inspect ${image} >/dev/null 2>&1; then
  had=false
  grep -qx ${shellQuote(`image ${reference}`)} ${paths.changes} || echo ${shellQuote(`image ${reference}`)} >> ${paths.changes}
  python3 ${paths.pullImage} ${image} || exit 40
fi
digest=$(docker image inspect --format '{{json .RepoDigests}}' ${image} 2>/dev/null | grep -o 'sha256:[0-9a-f]\\{64\\}' | head -n 1)
[ -n "$digest" ] || digest=$(docker image inspect --format '{{.Id}}' ${image}) || fail IMAGE_MISSING "the image ${reference} is not here after its pull."
echo '::fact::{"image":"${reference}","image_reason":"${reason.replaceAll(/["'\\]/g, '')}"}'
echo "::fact::{\\"image_digest\\":\\"$digest\\",\\"image_was_there\\":$had}"
`;
}
