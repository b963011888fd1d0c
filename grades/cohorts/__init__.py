"""The pages of promotions, students and enrolments. What they do is in grades/people/."""
