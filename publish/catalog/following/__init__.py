"""What happened to what one follows: activities, followers, the dashboard."""
