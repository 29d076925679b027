package robust

// What the tests from outside this package reach of its inside.
const ReportFile = reportFile
