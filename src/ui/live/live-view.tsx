import {Box, Text} from 'ink';
import {formatDuration} from '../../core/time.ts';
import {costText, pricePerHourText} from '../amounts.ts';
import type {Screen} from '../screen.ts';
import type {ActionShape} from '../shapes.ts';
import {printableLine, textWidth} from '../text.ts';
import {actionText, actionTitle, activityText, stateText} from '../words.ts';
import {progressBar} from './bar.ts';
import {
  costNowNanos,
  elapsedMs,
  etaNowMs,
  type Goal,
  outcomeOf,
  teardownStepText,
  type Watched,
  type WatchedAll,
} from './watched.ts';

export interface LiveViewProps {
  readonly watched: WatchedAll;
  readonly goal: Goal;
  readonly screen: Screen;
  /** Counts up while the view runs; turns the spinner. */
  readonly tick: number;
}

const stepsShownMax = 8;
const nameColumnsMax = 24;
const nameColumnsMaxNarrow = 16;

/** One instance gets its steps; several get a line each. Data in, text out: the driver of this view owns all timing. */
export function LiveView(props: LiveViewProps) {
  const all = [...props.watched.values()];
  const [only] = all;
  return (
    <Box flexDirection='column' width={props.screen.columns}>
      {all.length === 1 && only !== undefined ? (
        <OneInstance {...props} watched={only} />
      ) : (
        <ManyInstances {...props} all={all} />
      )}
      {all.some(each => outcomeOf(each.instance, props.goal) === 'moving') && (
        <Box marginTop={1}>
          <Paint screen={props.screen} dim>
            {props.goal !== 'terminated'
              ? 'Ctrl-C stops watching, not the instance.'
              : 'Ctrl-C stops watching, not the deletion that was asked.'}
          </Paint>
        </Box>
      )}
    </Box>
  );
}

function OneInstance({watched, goal, screen, tick}: Omit<LiveViewProps, 'watched'> & {readonly watched: Watched}) {
  const {instance} = watched;
  const dot = ` ${screen.symbols.bullet} `;
  const steps = watched.actions.slice(-stepsShownMax);
  return (
    <Box flexDirection='column'>
      <Text wrap='truncate-end'>
        <Text bold={screen.style.colour}>{instance.name}</Text>
        {dot}
        {printableLine(instance.model)}
      </Text>
      <Paint screen={screen} dim>
        {[instance.provider, instance.zone, instance.type, pricePerHourText(instance.pricePerHourNanos)].join(dot)}
      </Paint>
      {goal !== 'terminated' && (
        <Box marginTop={1}>
          <Bar
            percent={instance.progressPercent}
            columns={Math.min(40, screen.columns - 30)}
            watched={watched}
            goal={goal}
            screen={screen}
          />
        </Box>
      )}
      <Box marginTop={1} flexDirection='column'>
        {steps.map(action => (
          <Step key={action.id} action={action} screen={screen} tick={tick} />
        ))}
        {saysMore(watched) && outcomeOf(instance, goal) === 'moving' && (
          <Text wrap='truncate-end'>
            {'  '}
            <Paint screen={screen} dim>
              {instance.activity === null
                ? `${stateText(instance.state)}${screen.symbols.ellipsis}`
                : activityText(instance.activity)}
            </Paint>
          </Text>
        )}
      </Box>
      <Box marginTop={1}>
        <Text wrap='truncate-end'>{clockLine(watched, goal, screen)}</Text>
      </Box>
    </Box>
  );
}

/** Whether the reported activity adds to the step that is shown as running. */
function saysMore({instance, actions}: Watched): boolean {
  const running = actions.findLast(action => action.status === 'in_progress');
  return running === undefined
    ? actions.length === 0 || instance.activity !== null
    : instance.activity !== null && activityText(instance.activity) !== actionText(running.type);
}

function clockLine(watched: Watched, goal: Goal, screen: Screen): string {
  const eta = goal !== 'terminated' ? etaNowMs(watched, screen.nowMs) : null;
  const step = goal === 'terminated' ? teardownStepText(watched.instance, watched.actions) : null;
  return [
    ...(step === null ? [] : [step]),
    `${formatDuration(elapsedMs(watched, goal, screen.nowMs))} elapsed`,
    ...(eta === null ? [] : [eta === 0 ? 'any moment now' : `about ${formatDuration(eta)} left`]),
    `${costText(costNowNanos(watched, screen.nowMs))} so far`,
  ].join(` ${screen.symbols.bullet} `);
}

function Step({action, screen, tick}: {readonly action: ActionShape; readonly screen: Screen; readonly tick: number}) {
  const took = action.durationMs ?? Math.max(0, screen.nowMs - Date.parse(action.startedAt));
  const tries = action.attempts > 1 ? ` (try ${action.attempts})` : '';
  return (
    <Text wrap='truncate-end'>
      <Mark status={action.status} screen={screen} tick={tick} /> {(actionTitle(action) + tries).padEnd(34)}{' '}
      <Paint screen={screen} dim>
        {formatDuration(took)}
      </Paint>
      {action.status === 'failed' && action.errorMessage !== null ? `  ${printableLine(action.errorMessage)}` : ''}
    </Text>
  );
}

function ManyInstances({all, goal, screen, tick}: Omit<LiveViewProps, 'watched'> & {readonly all: readonly Watched[]}) {
  const isWide = screen.columns >= 110;
  const times = all.map(each => timeCell(each, goal, screen));
  const costs = all.map(each => costText(costNowNanos(each, screen.nowMs)));
  const nameColumns = Math.min(
    isWide ? nameColumnsMax : nameColumnsMaxNarrow,
    Math.max(4, ...all.map(each => each.instance.name.length)),
  );
  const barColumns = isWide ? 24 : 10;
  const total = all.reduce((sum, each) => sum + costNowNanos(each, screen.nowMs), 0);
  const arrived = all.filter(each => outcomeOf(each.instance, goal) === 'arrived').length;
  const perHour = all.reduce((sum, each) => sum + each.instance.pricePerHourNanos, 0);
  return (
    <Box flexDirection='column'>
      {all.map((each, index) => (
        <Box key={each.instance.id}>
          <Box width={2} flexShrink={0}>
            <Mark status={statusOf(each, goal)} screen={screen} tick={tick} />
          </Box>
          <Box width={nameColumns + 1} flexShrink={0} paddingRight={1}>
            <Text wrap='truncate-middle'>{each.instance.name}</Text>
          </Box>
          {goal !== 'terminated' && (
            <Box width={barColumns + 6} flexShrink={0}>
              <Bar
                percent={each.instance.progressPercent}
                columns={barColumns}
                watched={each}
                goal={goal}
                screen={screen}
              />
            </Box>
          )}
          <Box flexGrow={1} flexBasis={0} paddingRight={1}>
            <Text wrap='truncate-end'>{nowDoing(each, goal)}</Text>
          </Box>
          <Box width={widest(times)} flexShrink={0} justifyContent='flex-end'>
            <Paint screen={screen} dim>
              {times[index] ?? ''}
            </Paint>
          </Box>
          <Box width={widest(costs) + 2} flexShrink={0} justifyContent='flex-end'>
            <Text>{costs[index]}</Text>
          </Box>
        </Box>
      ))}
      <Box marginTop={1}>
        <Text wrap='truncate-end'>
          {[
            `${arrived} of ${all.length} ${goal !== 'terminated' ? 'ready' : 'gone'}`,
            `${costText(total)} so far`,
            pricePerHourText(perHour),
          ].join(` ${screen.symbols.bullet} `)}
        </Text>
      </Box>
    </Box>
  );
}

function widest(cells: readonly string[]): number {
  return Math.max(...cells.map(textWidth));
}

function timeCell(watched: Watched, goal: Goal, screen: Screen): string {
  const eta =
    goal !== 'terminated' && outcomeOf(watched.instance, goal) === 'moving' ? etaNowMs(watched, screen.nowMs) : null;
  const elapsed = formatDuration(elapsedMs(watched, goal, screen.nowMs));
  return eta === null || eta === 0 ? elapsed : `${elapsed}, ~${formatDuration(eta)}`;
}

function nowDoing(watched: Watched, goal: Goal): string {
  const {instance, actions} = watched;
  const outcome = outcomeOf(instance, goal);
  if (outcome === 'arrived') return stateText(instance.state);
  if (outcome === 'failed') return printableLine(instance.failure?.message ?? stateText(instance.state));
  const step = goal === 'terminated' ? teardownStepText(instance, actions) : null;
  return step === null ? doingText(watched) : `${step}: ${doingText(watched)}`;
}

function doingText({instance, actions}: Watched): string {
  if (instance.activity !== null) return activityText(instance.activity);
  const running = actions.findLast(action => action.status === 'in_progress');
  return running === undefined ? stateText(instance.state) : actionText(running.type);
}

function statusOf({instance}: Watched, goal: Goal): ActionShape['status'] {
  const outcome = outcomeOf(instance, goal);
  if (outcome === 'arrived') return 'success';
  return outcome === 'failed' ? 'failed' : 'in_progress';
}

function Mark({
  status,
  screen,
  tick,
}: {
  readonly status: ActionShape['status'];
  readonly screen: Screen;
  readonly tick: number;
}) {
  const {symbols, style} = screen;
  if (status === 'success') return <Text {...colour(style.colour, 'green')}>{symbols.done}</Text>;
  if (status === 'failed') return <Text {...colour(style.colour, 'red')}>{symbols.failed}</Text>;
  return <Text {...colour(style.colour, 'yellow')}>{symbols.spinner[tick % symbols.spinner.length]}</Text>;
}

function Bar({
  percent,
  columns,
  watched,
  goal,
  screen,
}: {
  readonly percent: number;
  readonly columns: number;
  readonly watched: Watched;
  readonly goal: Goal;
  readonly screen: Screen;
}) {
  const {full, empty} = progressBar(percent, Math.max(4, columns), screen.symbols);
  const outcome = outcomeOf(watched.instance, goal);
  const name = outcome === 'arrived' ? 'green' : outcome === 'failed' ? 'red' : 'cyan';
  return (
    <Text>
      <Text {...colour(screen.style.colour, name)}>{full}</Text>
      <Text dimColor={screen.style.colour}>{empty}</Text>
      {`${percent}%`.padStart(5)}
    </Text>
  );
}

function Paint({screen, dim, children}: {readonly screen: Screen; readonly dim?: boolean; readonly children: string}) {
  return (
    <Text dimColor={dim === true && screen.style.colour} wrap='truncate-end'>
      {children}
    </Text>
  );
}

/** Ink colours whatever its own detection says; without colour nothing is passed. */
function colour(enabled: boolean, name: 'green' | 'red' | 'yellow' | 'cyan'): {color?: string} {
  return enabled ? {color: name} : {};
}
