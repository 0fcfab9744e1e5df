"""What learners of layered networks share: settings, course, inputs and the learner itself."""
