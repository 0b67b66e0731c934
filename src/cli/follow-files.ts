/** The files of a running instance: what changes in them takes effect, or is refused and shown. */
import type { Log } from '../observe/log.ts';
import { systemClock } from '../schedule/clock.ts';
import { type FilesWatch, watchFiles } from '../schedule/files.ts';
import type { Instance } from '../schedule/open-instance.ts';
import { needsRestart, problemLines, readFiles, type ServiceProject } from './read-files.ts';

export type Following = {
  readonly before: () => ServiceProject;
  readonly take: (now: ServiceProject) => Promise<void>;
};

/** Reads the files anew when they change or on SIGHUP. What has an error is not taken: what was in force stays. */
export const followFiles = (
  configFile: string,
  { log }: { readonly log: Log },
  service: Instance,
  { before, take }: Following,
): FilesWatch => {
  const read = async (signal: 'SIGHUP' | 'file'): Promise<readonly string[]> => {
    const { project, diagnostics, files } = await readFiles(configFile);
    if (project) {
      for (const setting of needsRestart(before().project, project.project)) log('reload-needs-restart', { setting });
      await take(project);
      const { generation } = service.view.config();
      log('reloaded', { signal, generation, mappings: project.mappings.length });
    } else {
      const problem = problemLines(diagnostics);
      service.refuse(problem);
      log('reload-refused', { signal, problems: problem.count });
    }
    return files;
  };
  const files = watchFiles(systemClock, () => files.reading(() => read('file')));
  const onHangUp = (): void => void files.reading(() => read('SIGHUP'));
  process.on('SIGHUP', onHangUp);
  return {
    reading: files.reading,
    stop: () => {
      process.off('SIGHUP', onHangUp);
      files.stop();
    },
  };
};
