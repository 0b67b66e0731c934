/** Milliseconds of processor that this process has used: what a bound on work is measured in, because a busy machine makes everything late. */
export const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
